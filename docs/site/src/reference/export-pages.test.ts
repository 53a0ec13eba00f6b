import { expect, it } from "vitest";
import { exportPages } from "./export-pages.ts";

it("begins with the function that the README of the package imports", { timeout: 120_000 }, async () => {
  const pages = new Map((await exportPages()).map(({ path, text }) => [path, text]));
  for (const [page, name] of [
    ["client-node", "createImageClient"],
    ["client-browser", "createProxyClient"],
    ["react-hooks", "useImageEdit"],
  ]) {
    const text = pages.get(`reference/${page}.md`);
    expect(text).toContain(`import { ${name} } from`);
    expect(/^### (\w+)/m.exec(text ?? "")?.[1]).toBe(name);
  }
  // Marked as internal: only this repository's own packages use them.
  expect(pages.get("reference/client-node.md")).not.toMatch(
    /^### (?:createClientIn|temporaryName|nodeFiles|Surroundings)\b/m,
  );
});
