/** Stories of one machine once more, with real files, sockets and SIGKILL. */
import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer, text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeProgram } from "../src/product.ts";
import { Random } from "../src/random.ts";
import { isAsked } from "../src/story/commands.ts";
import { rowsOf } from "../src/story/rows-of.ts";
import type { Act, Story } from "../src/story/story.ts";
import { createImage } from "../src/world/image.ts";
import { imagesIn } from "./images-in.ts";
import { move, moving, replayable, withDirectory } from "./real-stories.ts";

const stories = 100;
const movingStories = 20;

/** The exit code of `recover` for images that could not be written. */
const exitCodeNotWritten = 11;

/** One edit that the server billed. */
interface RealBill {
  readonly request: string;
  readonly prompt: string;
  readonly image: Buffer;
  /** The server sent a complete response. */
  isComplete?: boolean;
}

/** What one command did. */
interface Ran {
  /** Null if it was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let directory: string;
let program: string;
let server: Server;
let bills: RealBill[];
let random: Random;
let kills = 0;
/** How often a story moved the directory of its manifest. */
let moves = 0;
/** Kills the running command once the server has billed it, if its story says so. */
let killAfterBill: (() => void) | undefined;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-replay-"));
  program = path.join(directory, "program");
  await mkdir(program);
  await writeProgram(program);
  server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

/** Bills every complete form, and responds, cuts the connection, or fails. */
async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let form: string;
  try {
    form = (await buffer(request)).toString("latin1");
  } catch {
    return; // its process was killed while it sent the form
  }
  const field = (name: string) => new RegExp(`name="${name}"\r\n\r\n(.*?)\r\n`).exec(form)?.[1] ?? "";
  const image = createImage(`real ${bills.length}`);
  const bill: RealBill = { request: `${field("prompt")} x${field("n")}`, prompt: field("prompt"), image };
  bills.push(bill);
  const dice = random.next();
  killAfterBill?.();
  if (dice < 0.1) response.destroy();
  else if (dice < 0.2) response.writeHead(502).end();
  else {
    const body = JSON.stringify({ created: 1, data: [{ b64_json: image.toString("base64") }] });
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    if (dice < 0.3) response.write(body.slice(0, 40), () => response.destroy());
    else {
      bill.isComplete = true;
      response.end(body);
    }
  }
}

/** Runs one command, and kills it where the story does. */
async function run(argv: readonly string[], faults: Act["faults"] = []): Promise<Ran> {
  const env = {
    ...process.env,
    RETOUCH_API_KEY: "sk-simulation-0123456789",
    RETOUCH_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    RETOUCH_STATE_DIR: path.join(directory, "state"),
  };
  const child = spawn(process.execPath, [path.join(program, "bin.js"), ...argv], {
    cwd: path.join(directory, "work"),
    env,
  });
  const [fault] = faults;
  const kill = (): void => void child.kill("SIGKILL");
  // A step of the simulation takes about a millisecond; Node needs some time until the first one.
  const timer = fault?.from === "start" ? setTimeout(kill, 150 + fault.steps) : undefined;
  killAfterBill = fault?.from === "bill" ? () => setTimeout(kill, fault.steps) : undefined;
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  clearTimeout(timer);
  killAfterBill = undefined;
  if (code === null) kills++;
  return { code, stdout, stderr };
}

function textOf({ image }: { readonly image: Buffer }): string {
  return image.toString("latin1");
}

/** Returns the hashes of the prompts of the edits that `recover` still names. */
async function namedPrompts(edits: readonly { readonly id: string }[]): Promise<ReadonlySet<string>> {
  const ids = new Set(edits.map(({ id }) => id));
  const named = new Set<string>();
  const state = path.join(directory, "state");
  // Commands that are all killed at once leave no state.
  await mkdir(state, { recursive: true });
  for (const entry of await readdir(state, { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith(".jsonl")) continue;
    for (const line of (await readFile(path.join(entry.parentPath, entry.name), "utf8")).split("\n")) {
      // A killed process may leave half a line.
      const [, promptSha256] = /"promptSha256":"([0-9a-f]+)"/.exec(line) ?? [];
      const [, id] = /"id":"([^"]+)"/.exec(line) ?? [];
      if (id !== undefined && promptSha256 !== undefined && ids.has(id)) named.add(promptSha256);
    }
  }
  return named;
}

/** Plays the commands of a story one after the other. */
async function replay(story: Story): Promise<void> {
  random = new Random(story.seed);
  bills = [];
  const folder = path.join(directory, "work");
  await mkdir(path.join(folder, "other"), { recursive: true });
  for (const name of ["in.png", "other/in.png"])
    await writeFile(path.join(folder, name), createImage("input"));
  const real = (word: string) => word.replace(/^\/data/, folder);
  for (const manifest of story.manifests) await writeFile(real(manifest.file), rowsOf(manifest));
  for (const { argv, faults } of story.acts) {
    if (argv[0] === "mv") {
      if (await move(argv.slice(1).map(real))) moves++;
      continue;
    }
    const before = bills.length;
    const saved = await imagesIn(folder);
    const { code, stderr } = await run(withDirectory(argv, real), faults);
    const where = `seed ${story.seed}: ${argv.join(" ")} exits with ${code}\n${stderr}`;
    const own = bills.slice(before);
    const requests = own.map(({ request }) => request);
    expect(requests, `${where}, and pays twice`).toEqual([...new Set(requests)]);
    for (const { request, prompt } of own) {
      if (!isAsked(argv, prompt, story)) {
        const earlier = bills.slice(0, before).findLast((other) => other.request === request);
        expect(earlier === undefined || saved.has(textOf(earlier)), `${where}, and pays again`).toBe(true);
      }
    }
    if (code === null) continue;
    expect(code, where).not.toBe(1);
    if ([2, 4, 5, 6, 7, 9, 10].includes(code)) expect(own, where).toEqual([]);
    // Who was not killed has stored every response that was sent completely.
    const now = await imagesIn(folder);
    for (const bill of own)
      if (bill.isComplete) expect(now.has(textOf(bill)), `${where}, without ${bill.request}`).toBe(true);
  }
  const { code } = await run(["recover"]);
  // The directory of the images was moved: its person names another one, as the error says.
  if (code === exitCodeNotWritten) {
    const elsewhere = path.join(folder, "elsewhere");
    await mkdir(elsewhere);
    await run(["recover", "-o", elsewhere]);
  }
  const { stdout, stderr } = await run(["recover", "--list", "--json"]);
  expect(stdout, `seed ${story.seed}: ${stderr}`).not.toBe("");
  const named = await namedPrompts((JSON.parse(stdout) as { edits: { id: string }[] }).edits);
  const images = await imagesIn(folder);
  for (const [index, bill] of bills.entries()) {
    const isPaidAgain = bills.slice(index + 1).some(({ request }) => request === bill.request);
    if (images.has(textOf(bill)) || isPaidAgain) continue;
    expect(named, `seed ${story.seed}: ${bill.request} is lost`).toContain(hash("sha256", bill.prompt));
  }
  // No file under a final name is half-written.
  const whole = new Set([textOf({ image: createImage("input") }), ...bills.map(textOf)]);
  for (const image of images) expect(whole.has(image), `seed ${story.seed}: half an image`).toBe(true);
  await rm(path.join(directory, "state"), { recursive: true, force: true });
  await rm(folder, { recursive: true });
}

test(`${stories} stories hold with real files, sockets and SIGKILL`, async () => {
  const source = replayable();
  for (let index = 0; index < stories; index++) await replay((source.next() as { value: Story }).value);
  expect(kills).toBeGreaterThan(stories / 10);
});

test(`${movingStories} more hold that move the directory of their manifest`, async () => {
  const source = moving();
  for (let index = 0; index < movingStories; index++) await replay((source.next() as { value: Story }).value);
  expect(moves).toBeGreaterThan(movingStories);
});
