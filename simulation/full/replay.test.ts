/** Stories of one machine once more, with the built CLI: real files, real sockets, SIGKILL. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Random } from "../src/random.ts";
import { rowsOf } from "../src/story/rows-of.ts";
import { type Act, inventStory, type Story } from "../src/story/story.ts";
import { createImage } from "../src/world/image.ts";

const bin = fileURLToPath(new URL("../../packages/cli/dist/bin.js", import.meta.url));
const stories = 100;

/** One edit that the server billed. */
interface RealBill {
  readonly request: string;
  readonly pid: number;
  readonly image: Buffer;
  isAnswered: boolean;
}

let directory: string;
let server: Server;
let bills: RealBill[];
let random: Random;
let running: ChildProcess | undefined;
/** Kills the running command once the server has billed it, if its story says so. */
let killAfterBill: (() => void) | undefined;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "retouch-replay-"));
  bills = [];
  server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

/** Bills every complete form, and responds, cuts the connection, or fails. */
async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = (await buffer(request)).toString("latin1");
  const field = (name: string) => new RegExp(`name="${name}"\r\n\r\n(.*?)\r\n`).exec(form)?.[1] ?? "";
  const image = createImage(`real ${bills.length}`);
  const bill = {
    request: `${field("prompt")} x${field("n")}`,
    pid: running?.pid ?? 0,
    image,
    isAnswered: false,
  };
  bills.push(bill);
  const dice = random.next();
  killAfterBill?.();
  if (dice < 0.1) response.destroy();
  else if (dice < 0.2) response.writeHead(502).end();
  else {
    const body = JSON.stringify({ created: 1, data: [{ b64_json: image.toString("base64") }] });
    response.writeHead(200, { "content-type": "application/json", "content-length": body.length });
    if (dice < 0.3) response.write(body.slice(0, 40), () => response.destroy());
    else response.end(body, () => (bill.isAnswered = true));
  }
}

/** Runs one command, and kills it where the story does. */
async function run(
  argv: readonly string[],
  faults: Act["faults"],
): Promise<{ code: number | null; stdout: string }> {
  const env = {
    ...process.env,
    RETOUCH_API_KEY: "sk-simulation-0123456789",
    RETOUCH_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    RETOUCH_STATE_DIR: path.join(directory, "state"),
  };
  const child = spawn(process.execPath, [bin, ...argv], { cwd: path.join(directory, "work"), env });
  running = child;
  const [fault] = faults;
  const kill = (): void => void child.kill("SIGKILL");
  // A step of the simulation takes about a millisecond.
  const timer = fault?.from === "start" ? setTimeout(kill, 300 + fault.steps) : undefined;
  killAfterBill = fault?.from === "bill" ? () => setTimeout(kill, fault.steps) : undefined;
  const stdout = buffer(child.stdout);
  child.stderr.resume();
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  killAfterBill = undefined;
  return { code, stdout: (await stdout).toString() };
}

/** Finds stories of one machine whose processes are only killed, and keeps what works on real files. */
function* replayable(): Generator<Story> {
  for (let seed = 1; ; seed++) {
    const story = inventStory(seed);
    const acts = story.acts
      .filter(({ argv }) => !argv.includes("-n") && !argv.includes("--stream") && !argv.includes("--dismiss"))
      .map((act) => ({ ...act, faults: act.faults.filter(({ kind }) => kind === "kill") }));
    if (story.place === "one machine" && acts.some(({ argv }) => argv[0] !== "recover"))
      yield { ...story, acts };
  }
}

async function imagesIn(folder: string): Promise<string[]> {
  const images: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes(".retouch") || entry.name.startsWith(".")) continue;
    images.push((await readFile(path.join(entry.parentPath, entry.name))).toString("latin1"));
  }
  return images;
}

test(`${stories} stories hold with real files, sockets and SIGKILL`, async () => {
  const source = replayable();
  for (let index = 0; index < stories; index++) {
    const { value: story } = source.next() as IteratorYieldResult<Story>;
    random = new Random(story.seed);
    bills = [];
    const folder = path.join(directory, "work");
    await mkdir(path.join(folder, "other"), { recursive: true });
    for (const name of ["in.png", "other/in.png"])
      await writeFile(path.join(folder, name), createImage("input"));
    const real = (word: string) => word.replace(/^\/work/, folder);
    for (const manifest of story.manifests) await writeFile(real(manifest.file), rowsOf(manifest));
    for (const { argv, faults } of story.acts) {
      const before = bills.length;
      const saved = await imagesIn(folder);
      const { code } = await run(argv.map(real), faults);
      const own = bills.slice(before);
      const isAsked = argv.includes("--retry-unknown");
      for (const [at, { request }] of own.entries()) {
        const where = `seed ${story.seed}: ${argv.join(" ")} exits with ${code}`;
        expect(
          own.findIndex((other) => other.request === request),
          where,
        ).toBe(at);
        const earlier = bills.slice(0, before).findLast((other) => other.request === request);
        const isOpen = earlier !== undefined && !saved.includes(earlier.image.toString("latin1"));
        expect(isOpen && !isAsked, `${where}, and pays ${request} again`).toBe(false);
      }
      if (code !== null && [1, 2, 4, 5, 6, 7, 9, 10].includes(code)) expect(own).toEqual([]);
    }
    await run(["recover"], []);
    const { stdout } = await run(["recover", "--list", "--json"], []);
    const images = await imagesIn(folder);
    const lost = bills.filter(({ image }) => !images.includes(image.toString("latin1")));
    const open = (JSON.parse(stdout) as { edits: readonly unknown[] }).edits.length;
    const named = new Set(lost.map(({ request }) => request)).size;
    if (named > 0) expect(open, `seed ${story.seed}`).toBeGreaterThan(0);
    await rm(path.join(directory, "state"), { recursive: true, force: true });
    await rm(folder, { recursive: true });
  }
});
