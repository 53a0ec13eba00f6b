const separator = "\n";

/** Shows other tabs that this one is alive, until the page goes or the returned function is called. */
export function holdTab(name: string, tab: string): () => void {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  // The browser releases the lock with the page, however that ends.
  void globalThis.navigator?.locks?.request(`${name}${separator}${tab}`, () => held).catch(() => undefined);
  return release;
}

/** Returns the tabs that are alive. Without Web Locks (an insecure page), none counts as alive but this one. */
export async function aliveTabs(name: string): Promise<ReadonlySet<string>> {
  const { held = [], pending = [] } = (await globalThis.navigator?.locks?.query()) ?? {};
  const names = [...held, ...pending].map((lock) => lock.name ?? "");
  const prefix = `${name}${separator}`;
  return new Set(names.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length)));
}
