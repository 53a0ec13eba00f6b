import { beforeAll, describe, expect, it } from "vitest";
import { type DocumentedEntry, isDocumented, membersOf, readExports, targetOf } from "./read-exports.ts";
import { hasHeadings } from "./render-members.ts";

/** Their members are those of Node and `globalThis`, and are documented there. */
const platform = ["ClientFiles", "FileFacts", "OpenFile", "NodeResponse", "Runtime"];

let entries: DocumentedEntry[];
beforeAll(async () => {
  entries = await readExports();
}, 120_000);

describe("what users import", () => {
  it("comes from every entry point of every package", () => {
    expect(entries.map(({ name }) => name)).toContain("@retouch/client/composite");
    expect(entries.flatMap(({ exports }) => exports).length).toBeGreaterThan(200);
  });

  it("has no undocumented export", () => {
    const missing = entries.flatMap(({ name, exports }) =>
      exports.filter((one) => !isDocumented(targetOf(one))).map((one) => `${name}: ${one.name}`),
    );
    expect(missing).toEqual([]);
  });

  it("has no undocumented option or method", () => {
    const all = new Set(entries.flatMap(({ exports }) => exports.map(targetOf)));
    const owners = [...all].filter((owner) => !platform.includes(owner.name) && hasHeadings(owner));
    const missing = owners.flatMap((owner) =>
      membersOf(owner)
        .filter((member) => !member.flags.isInherited && !isDocumented(member))
        .map((member) => `${owner.name}.${member.name}`),
    );
    expect(owners.length).toBeGreaterThan(30);
    expect(missing).toEqual([]);
  });
});
