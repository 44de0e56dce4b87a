// Every statement that the store runs, prepared once. Each is atomic by itself, over all processes that share the file.

import type { DatabaseSync } from 'node:sqlite';

export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(database: DatabaseSync) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    get: prepare('SELECT value FROM entry WHERE key = :key AND ends_at > :now'),
    set: prepare(`INSERT INTO entry VALUES (:key, :value, :endsAt)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at`),
    add: prepare(`INSERT INTO entry VALUES (:key, :value, :endsAt)
      ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at WHERE entry.ends_at <= :now`),
    replace: prepare('UPDATE entry SET value = :value, ends_at = :endsAt WHERE key = :key AND ends_at > :now'),
    take: prepare('DELETE FROM entry WHERE key = :key AND ends_at > :now RETURNING value'),
    page: prepare(`SELECT key, value FROM entry
      WHERE key >= :prefix AND key < :end AND key > :after AND ends_at > :now ORDER BY key LIMIT :limit`),

    readCount: prepare('SELECT count, ends_at FROM counter WHERE key = :key AND ends_at > :now'),
    count: prepare(`INSERT INTO counter VALUES (:key, :by, :endsAt)
      ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN ends_at > :now THEN count + excluded.count ELSE excluded.count END,
        ends_at = CASE WHEN ends_at > :now THEN ends_at ELSE excluded.ends_at END
      RETURNING count, ends_at`),
    takeBack: prepare('UPDATE counter SET count = max(0, count + :by) WHERE key = :key AND ends_at > :now RETURNING count, ends_at'),

    append: prepare('INSERT INTO log (log, entry, ends_at) VALUES (:log, :entry, :endsAt)'),
    read: prepare('SELECT id, entry FROM log WHERE log = :log AND id > :after ORDER BY id LIMIT :limit'),
    lastId: prepare('SELECT max(id) AS id FROM log WHERE log = :log'),
    generation: prepare("SELECT value FROM meta WHERE key = 'generation'"),
    changes: prepare('PRAGMA data_version'),

    sweepEntries: prepare('DELETE FROM entry WHERE rowid IN (SELECT rowid FROM entry WHERE ends_at <= :now LIMIT :limit)'),
    sweepCounters: prepare('DELETE FROM counter WHERE rowid IN (SELECT rowid FROM counter WHERE ends_at <= :now LIMIT :limit)'),
    sweepLogs: prepare('DELETE FROM log WHERE id IN (SELECT id FROM log WHERE ends_at <= :now LIMIT :limit)'),
    /** Writes in any case, which tells whether writing works. */
    noteSweep: prepare("INSERT INTO meta VALUES ('swept', :now) ON CONFLICT (key) DO UPDATE SET value = excluded.value"),
  };
}
