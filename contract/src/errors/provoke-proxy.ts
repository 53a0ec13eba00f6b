import { createHash } from "node:crypto";
import type { RequestListener } from "node:http";
import { createImageEditHandler, type ImageEditHandlerOptions, memoryJobStore } from "@retouch/client/server";
import { always, type Observation, type Provocation, png, success, withServer } from "./observe.ts";

type Fields = Readonly<Record<string, string | Blob>>;

const url = "http://localhost/api/image-edit";

function form(fields: Fields = {}): FormData {
  const data = new FormData();
  const all = {
    model: "gpt-image-1",
    prompt: "A red hat",
    image: new Blob([new Uint8Array(png)]),
    ...fields,
  };
  for (const [name, value] of Object.entries(all)) data.append(name, value);
  return data;
}

function post(init: RequestInit = {}): Request {
  return new Request(url, { method: "POST", body: form(), ...init });
}

/** Posts a body that is not the platform's own. */
function postText(body: string, contentType = "multipart/form-data; boundary=b"): Request {
  return post({ body, headers: { "content-type": contentType } });
}

const part = (name: string, text: string) =>
  `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;

/** Sends requests to a handler in front of an upstream server, and returns what the last response reports. */
function proxied(
  send: () => Request | readonly Request[],
  options: Partial<ImageEditHandlerOptions> = {},
  upstream: RequestListener = always(success),
): Provocation {
  return () =>
    withServer(upstream, async (baseUrl) => {
      const handler = createImageEditHandler({
        apiKey: "key-of-a-test",
        baseUrl,
        authorize: () => true,
        ...options,
      });
      let seen: Observation | undefined;
      for (const request of [send()].flat() as Request[]) {
        const response = await handler(request);
        const outcome = response.headers.get("x-retouch-outcome") ?? "none";
        const text = await response.text();
        const { code, message } = response.ok
          ? { code: "none", message: undefined }
          : (JSON.parse(text) as { error: { code: string; message: string } }).error;
        seen = { code, outcome, message };
      }
      return seen ? [seen] : [];
    });
}

/** Sends a request that the page gives up, before and after the edit was forwarded. */
const leave: Provocation = async () => {
  const before = new AbortController();
  const early = proxied(() => post({ signal: before.signal }), {
    authorize: () => {
      before.abort();
      return new Promise<boolean>(() => undefined);
    },
  });
  const after = new AbortController();
  const late = proxied(
    () => post({ signal: after.signal }),
    {},
    (request) => {
      request.resume().on("end", () => after.abort());
    },
  );
  return [...(await early()), ...(await late())];
};

const attempt = "attempt-0001-of-a-test";
const sha256 = (text: string) => createHash("sha256").update(text).digest("base64url");

/** Asks for a job that a process has left behind, before and after it was sent. */
function leftBehind(...methods: readonly string[]): Provocation {
  return async () => {
    const seen: Observation[] = [];
    for (const status of ["accepted", "sent"] as const) {
      const store = memoryJobStore();
      const id = sha256(JSON.stringify(["ada", attempt]));
      await store.add({
        id,
        owner: sha256("ada"),
        status,
        leaseUntil: 0,
        expiresAt: Number.MAX_SAFE_INTEGER,
      });
      const jobs = { store, owner: () => "ada" };
      const requests = () => methods.map((method) => new Request(`${url}?job=${attempt}`, { method }));
      seen.push(...(await proxied(requests, { jobs })()));
    }
    return seen;
  };
}

const brokenStore = { ...memoryJobStore(), add: () => Promise.reject(new Error("A test.")) };

/** A check of the proxy's own that fails. */
export const failedCheck = proxied(() => post(), { authorize: () => Promise.reject(new Error("A test.")) });

/** Provocations of what the image-edit proxy rejects, and of a failing upstream server. */
export const proxy: Readonly<Record<string, Provocation>> = {
  method_not_allowed: proxied(() => new Request(url)),
  not_multipart: proxied(() => postText("{}", "application/json")),
  malformed_form: proxied(() => postText("--b\r\nno header\r\n--b--")),
  duplicate_parameter: proxied(() => postText(`${part("prompt", "a")}${part("prompt", "b")}--b--\r\n`)),
  bad_encoding: proxied(() =>
    post({
      body: Buffer.from(`${part("prompt", "caf\u00e9")}--b--\r\n`, "latin1"),
      headers: { "content-type": "multipart/form-data; boundary=b" },
    }),
  ),
  bad_content_length: proxied(() => post({ headers: { "content-length": "many" } })),
  incomplete_body: proxied(() => post({ headers: { "content-length": "999999" } })),
  request_too_large: proxied(() => post(), { limits: { maxBodyBytes: 9 } }),
  too_slow: proxied(() => post(), { timeoutMs: 1, authorize: () => new Promise<boolean>(() => undefined) }),
  not_authorized: proxied(() => post(), { authorize: () => false }),
  rate_limited: proxied(() => post(), { rateLimit: () => ({ allowed: false }) }),
  over_limit: proxied(() => post({ body: form({ n: "2" }) }), { limits: { maxN: 1 } }),
  origin_not_allowed: proxied(() => post({ headers: { origin: "https://b.example" } })),
  host_not_allowed: proxied(() => post({ headers: { host: "b.example" } }), { allowedHosts: ["a.example"] }),
  duplicate_attempt: proxied(() => {
    const headers = { "x-retouch-attempt": "attempt-0001-of-a-test" };
    return [post({ headers }), post({ headers })];
  }),
  client_closed: leave,
  job_not_found: proxied(() => new Request(`${url}?job=${attempt}`), {
    jobs: { store: memoryJobStore(), owner: () => "ada" },
  }),
  job_canceled: leftBehind("DELETE", "GET"),
  job_interrupted: leftBehind("GET"),
  jobs_unavailable: proxied(() => post(), { jobs: { store: brokenStore, owner: () => "ada" } }),
  upstream_unreachable: proxied(() => post(), { baseUrl: "http://127.0.0.1:9" }),
  upstream_timeout: proxied(
    () => post(),
    { timeoutMs: 1_500 },
    () => undefined,
  ),
  upstream_failed: proxied(
    () => post(),
    {},
    (request) => {
      request.resume().on("end", () => request.socket.destroy());
    },
  ),
  upstream_redirected: proxied(() => post(), {}, always("", 302, { location: "https://a.example" })),
  upstream_page: proxied(() => post(), {}, always("<html></html>", 200, { "content-type": "text/html" })),
  upstream_rejected_key: proxied(() => post(), {}, always("{}", 401)),
};
