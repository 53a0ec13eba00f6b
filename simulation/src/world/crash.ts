import type { Random } from "../random.ts";
import { type DiskNode, set, type Volume } from "./disk.ts";

/** Puts the contents of a file, or the entries of a directory, on the disk. */
export function sync(node: DiskNode): void {
  if (node.kind === "file") {
    node.synced = node.data;
    return;
  }
  for (const entries of node.unsynced) for (const [name, child] of entries) set(node.synced, name, child);
  node.unsynced = [];
}

/** Makes everything on a volume durable, as after a long time. */
export function syncAll(node: DiskNode): void {
  sync(node);
  if (node.kind === "directory") for (const child of node.entries.values()) syncAll(child);
}

/** A crash of the machine: of what was not synced, some is on the disk, some is not, and some is torn. */
export function crashVolume({ root }: Volume, random: Random): void {
  const seen = new Set<DiskNode>();
  const crash = (node: DiskNode): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if (node.kind === "file") {
      if (node.data !== node.synced) node.data = tear(node.synced, node.data, random);
      node.synced = node.data;
      return;
    }
    // Changes of a directory reach the disk in their order.
    const kept = node.unsynced.slice(0, random.below(node.unsynced.length + 1));
    for (const entries of kept) for (const [name, child] of entries) set(node.synced, name, child);
    node.unsynced = [];
    node.entries.clear();
    for (const [name, child] of node.synced) node.entries.set(name, child);
    for (const child of node.entries.values()) crash(child);
  };
  crash(root);
}

/** What a disk writes at once. */
const sectorBytes = 512;

function tear(synced: Buffer = Buffer.alloc(0), data: Buffer, random: Random): Buffer {
  const kind = random.next();
  if (kind < 0.3) return synced;
  if (kind < 0.5) return data;
  // The size may be there without the bytes, and the bytes without the size.
  const [short, long] = [Math.min(synced.length, data.length), Math.max(synced.length, data.length)];
  const torn = Buffer.alloc(
    random.pick([synced.length, data.length, short + random.below(long - short + 1)]),
  );
  synced.copy(torn);
  const isGrown = data.length > synced.length && data.subarray(0, synced.length).equals(synced);
  const written = random.below(torn.length + 1);
  data.copy(torn, 0, 0, isGrown ? written : Math.ceil(written / sectorBytes) * sectorBytes);
  return torn;
}
