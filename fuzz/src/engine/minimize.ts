/** Shortens an input while it still fails: first in halves, then in ever smaller ranges, then byte by byte to `0`. */
export async function minimize(
  input: Uint8Array,
  stillFails: (input: Uint8Array) => Promise<boolean>,
  maxRuns = 1500,
): Promise<Uint8Array> {
  let best = input;
  let runsLeft = maxRuns;
  const accept = async (candidate: Uint8Array): Promise<boolean> => {
    runsLeft -= 1;
    if (runsLeft < 0 || !(await stillFails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(best.length / 2); size >= 1 && runsLeft > 0; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length && runsLeft > 0; ) {
      const without = new Uint8Array(Buffer.concat([best.subarray(0, at), best.subarray(at + size)]));
      if (!(await accept(without))) at += size;
    }
  }
  for (let at = 0; at < best.length && runsLeft > 0; at += 1) {
    if (best[at] === 48) continue;
    const simpler = best.slice();
    simpler[at] = 48;
    await accept(simpler);
  }
  return best;
}
