/** The oldest supported Node, major and minor, as in `engines` of package.json. */
const neededNode: readonly [number, number] = [20, 19];

/** Returns the message for an unsupported version of Node, or undefined. Limited to the syntax of Node 12. */
export function unsupportedNode(version: string, program = "retouch"): string | undefined {
  const parts = version.split(".").map(Number);
  const major = parts[0] || 0;
  const minor = parts[1] || 0;
  if (major > neededNode[0] || (major === neededNode[0] && minor >= neededNode[1])) return undefined;
  return `${program} needs Node ${neededNode.join(".")} or later, and this is Node ${version}. Install a newer one: https://nodejs.org`;
}
