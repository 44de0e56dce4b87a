// Reads a Dockerfile as far as ours goes: instructions with their text, by stage.

interface Instruction {
  readonly name: string;
  readonly text: string;
}

export interface Stage {
  readonly from: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
  /** Texts of all instructions of that name. */
  all(name: string): string[];
  /** The words of an instruction in exec form. @throws when there is not exactly one, or it is in shell form. */
  words(name: string): string[];
}

export function parseDockerfile(text: string): Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !/^\s*(?:#|$)/.test(line))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n');
  const stages: { from: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    const [, from = '', as] = /^(\S+)(?:\s+AS\s+(\S+))?$/.exec(rest) ?? [];
    if (name === 'FROM') stages.push({ from, name: as, instructions: [] });
    else stages.at(-1)?.instructions.push({ name, text: rest });
  }
  return stages.map((stage) => {
    const all = (name: string): string[] => stage.instructions.filter((each) => each.name === name).map((each) => each.text);
    return {
      ...stage,
      all,
      words(name) {
        const [only, ...others] = all(name);
        if (only === undefined || others.length > 0) throw new Error(`${name}: expected once`);
        const list = /\[.*\]$/.exec(only)?.[0];
        if (list === undefined) throw new Error(`${name} is not in exec form: there is no shell`);
        return JSON.parse(list) as string[];
      },
    };
  });
}
