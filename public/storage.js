/*!
 * framegate: localStorage and sessionStorage in memory, for frames in which the browser blocks the real ones.
 * Where those work nothing changes. Lasts as long as the page.
 * And tells the gate that a person is here, by key or pointer, once a minute at most: polling keeps no session alive.
 */
(() => {
  function isUsable(name) {
    try {
      return !!window[name];
    } catch {
      return false;
    }
  }

  function createStorage() {
    const values = new Map();
    const target = Object.assign(Object.create(null), {
      getItem: (key) => values.get(`${key}`) ?? null,
      setItem: (key, value) => void values.set(`${key}`, `${value}`),
      removeItem: (key) => void values.delete(`${key}`),
      clear: () => values.clear(),
      key: (index) => [...values.keys()][index >>> 0] ?? null,
    });
    const isItem = (name) => values.has(name);
    const inherited = typeof Storage === 'function' ? Storage.prototype : Object.prototype;

    return new Proxy(Object.create(inherited), {
      get(real, name) {
        if (name === 'length') return values.size;
        if (name in target) return target[name];
        return name in real ? real[name] : values.get(name);
      },
      set(real, name, value) {
        if (typeof name === 'symbol') return Reflect.set(real, name, value);
        target.setItem(name, value);
        return true;
      },
      has: (real, name) => isItem(name) || name in target || name === 'length' || name in real,
      deleteProperty: (real, name) => values.delete(name) || delete real[name],
      ownKeys: () => [...values.keys()],
      getOwnPropertyDescriptor: (_real, name) =>
        isItem(name) ? { value: values.get(name), writable: true, enumerable: true, configurable: true } : undefined,
      defineProperty: (_real, name, { value }) => !target.setItem(name, value),
    });
  }

  for (const name of ['localStorage', 'sessionStorage']) {
    if (isUsable(name)) continue;
    const storage = createStorage();
    Object.defineProperty(window, name, { configurable: true, enumerable: true, get: () => storage });
  }

  const address = globalThis.document?.currentScript?.src;
  if (!address) return;
  const send = fetch;
  // Loading the page was activity.
  let toldAt = 0;
  function tellActivity({ isTrusted, timeStamp }) {
    if (!isTrusted || timeStamp - toldAt < 60000) return;
    toldAt = timeStamp;
    send(new URL('session/active', address), { method: 'POST', keepalive: true }).catch(() => {});
  }
  for (const type of ['keydown', 'pointerdown', 'pointermove', 'wheel'])
    addEventListener(type, tellActivity, { capture: true, passive: true });
})();
