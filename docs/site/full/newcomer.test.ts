import { cp, mkdir, readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "vitest";
import { drawPhoto } from "../../../contract/src/cli/support/work-directory.ts";
import {
  atEachServer,
  directoryOf,
  emptyDirectory,
  expectPng,
  freePort,
  photo,
  setUpMachine,
  start,
  stop,
  task,
  type,
  withKey,
} from "./newcomer/newcomer.ts";
import { editInPage, proxyTasks } from "./newcomer/proxies.ts";
import { blockOf } from "./page-code.ts";

// What a newcomer does first, typed from the pages of the site in empty folders. The packages come from a registry on
// this machine; only keys, base URLs and ports differ from what the pages say.

setUpMachine();

task("the first edit, against the mock", async () => {
  const folder = await emptyDirectory("first");
  await cp(photo, path.join(folder, "photo.jpg"));
  const written = await type(blockOf("start/index.md", /^npx .* --mock$/m).code, folder);
  expect(written.trim()).toBe(path.join(folder, "photo.edited.png"));
  await expectPng(written.trim());
});

task("the first edit with a key", async () => {
  const folder = await emptyDirectory("key");
  await cp(photo, path.join(folder, "photo.jpg"));
  await atEachServer(async (vendor) => {
    const isDefault = vendor.name === "ChainHub";
    const block = blockOf("start/index.md", isDefault ? /export RETOUCH_API_KEY/ : /export OPENAI_API_KEY/);
    // The default server is not named, so a variable stands in for it; and OpenAI's own key is only sent to OpenAI.
    const more = isDefault ? { RETOUCH_BASE_URL: vendor.url } : {};
    const commands = withKey(block.code, vendor).replace("OPENAI_API_KEY", "RETOUCH_API_KEY");
    await expectPng((await type(commands, folder, more)).trim());
  });
});

task("a program on Node", async () => {
  const page = "start/node.md";
  const folder = await emptyDirectory("node");
  await cp(photo, path.join(folder, "photo.png"));
  await type(blockOf(page, /^npm install @retouch\/client/).code, folder);
  const edit = /console\.log\(images\[0\]\?\.mediaType/;
  await writeFile(path.join(folder, "edit.mjs"), blockOf(page, edit).code);
  const [mockLine = "", editLine = ""] = blockOf(page, /^npx @retouch\/cli mock/).code.split("\n");
  const port = await freePort();
  await start(mockLine.replace(" mock", ` mock --port ${port}`), folder, port);
  await type(editLine.replace("4010", String(port)), folder);
  await expectPng(path.join(folder, "dusk.png"));
  await atEachServer(async (vendor) => {
    await writeFile(path.join(folder, "edit.mjs"), blockOf(page, edit, vendor.name).code);
    await type(withKey(blockOf(page, /API_KEY=\.\.\./, vendor.name).code, vendor), folder);
  });
});

const react = "start/react.md";

task("a page with React and the proxy", async () => {
  const folder = await emptyDirectory("react");
  const create = blockOf(react, /^npm create vite/).code;
  await type(create, folder);
  const project = path.join(folder, /^cd (\S+)$/m.exec(create)?.[1] ?? "");
  const [mockPort, port, vitePort] = [await freePort(), await freePort(), await freePort()];
  const write = async (file: string, server?: string) =>
    writeFile(path.join(project, file), blockOf(react, file, server).code.replace(":3000", `:${port}`));
  for (const file of ["src/editor.tsx", "src/App.tsx", "vite.config.ts", "server.mjs"]) await write(file);
  await type("npm run build", project);

  const [mockLine = "", ...serverLines] = blockOf(react, /^npx @retouch\/cli mock/).code.split("\n");
  await start(mockLine.replace(" mock", ` mock --port ${mockPort}`), project, mockPort);
  const server = serverLines.join("\n").replace("4010", String(mockPort));
  const PORT = String(port);
  const proxy = { child: await start(server, project, port, { PORT }) };
  const dev = blockOf(react, /^npm run dev$/m).code.trim();
  await start(`${dev} -- --port ${vitePort} --strictPort`, project, vitePort);
  await editInPage(`http://localhost:${vitePort}/`);
  await atEachServer(async (vendor) => {
    await stop(proxy.child);
    await write("src/editor.tsx", vendor.name);
    const commands = withKey(blockOf(react, /API_KEY=\.\.\./, vendor.name).code, vendor);
    proxy.child = await start(commands, project, port, { PORT });
    await editInPage(`http://localhost:${vitePort}/`);
  });
});

task("a test of that page's component", async () => {
  const project = directoryOf("react/my-editor");
  const page = "guides/testing.md";
  await writeFile(path.join(project, "src/editor.test.jsx"), blockOf(page, "editor.test.jsx").code);
  await type(blockOf(page, /vitest run --environment jsdom/).code, project);
});

proxyTasks();

task("a batch of 100 photos", async () => {
  const folder = await emptyDirectory("batch");
  await mkdir(path.join(folder, "photos"));
  const first = path.join(folder, "photos/0.jpg");
  await drawPhoto(first, { width: 96, height: 64 });
  for (let at = 1; at < 100; at += 1) await cp(first, path.join(folder, `photos/${at}.jpg`));
  const page = "guides/batch.md";
  await type(blockOf(page, /^npm install --global/).code, folder);
  const said = await type(blockOf(page, /^retouch batch init .* dusk\.jsonl$/m).code, folder);
  expect(said).toContain("100 of 100 saved");
  expect(await readdir(path.join(folder, "edited"))).toHaveLength(100);
});
