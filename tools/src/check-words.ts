/**
 * Holds the vocabulary of `docs/glossary.md`: `node tools/src/check-words.ts [path ...]`. Without a path it checks every
 * file.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { findWords } from "./words/find-words.ts";
import { ignoredPaths } from "./words/word-rules.ts";

const root = path.join(import.meta.dirname, "../..");
const checkedTypes = /\.(?:[cm]?[jt]sx?|json|md|ya?ml|html|css)$/;
const generated = /\.gen\.ts$|\/CHANGELOG\.md$|mockServiceWorker\.js$/;

const wanted = process.argv
  .slice(2)
  .map((given) => path.relative(root, path.resolve(given)).replaceAll("\\", "/"));
const isBelow = (file: string, places: readonly string[]): boolean =>
  places.some((place) => place === "" || file === place || file.startsWith(place.replace(/\/?$/, "/")));

const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
});
const files = listed
  .split("\n")
  .filter((file) => checkedTypes.test(file) && !generated.test(file) && !isBelow(file, ignoredPaths))
  .filter((file) => wanted.length === 0 || isBelow(file, wanted))
  .filter((file) => existsSync(path.join(root, file)));

let count = 0;
for (const file of files) {
  const found = findWords(file, readFileSync(path.join(root, file), "utf8"));
  count += found.length;
  for (const { line, column, text, instead } of found)
    console.error(`${file}:${line}:${column} "${text}": say ${instead}.`);
}
if (files.length === 0) {
  console.error("No file to check. Give a path in the repository, or none.");
  process.exitCode = 1;
} else if (count > 0) {
  console.error(`${count} term(s) that docs/glossary.md does not have.`);
  process.exitCode = 1;
} else console.log(`${files.length} files follow the words of docs/glossary.md.`);
