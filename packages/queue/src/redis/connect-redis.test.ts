import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRedis, type TestRedis } from "../fixtures/start-redis.ts";
import { checkDurability } from "./check-durability.ts";
import { connectRedis, redactUrl } from "./connect-redis.ts";

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.close());

const none = {};

describe(connectRedis, () => {
  it("uses the password of the environment, and shows none when it is wrong", async () => {
    const open = await connectRedis(server.url, none);
    await checkDurability(open);
    await open.config("SET", "requirepass", "open-sesame");
    const known = await connectRedis(server.url, { REDIS_PASSWORD: "open-sesame" });
    expect(await known.ping()).toBe("PONG");
    const wrong = server.url.replace("://", "://user:hunter2@");
    const error = await connectRedis(wrong, none).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "redis_unreachable", exitCode: 7 });
    expect(String(error)).toContain("WRONGPASS");
    expect(JSON.stringify([error, String(error)])).not.toContain("hunter2");
    await expect(connectRedis(server.url, none)).rejects.toMatchObject({
      message: expect.stringContaining("NOAUTH"),
    });
    await known.config("SET", "requirepass", "");
    known.disconnect();
    open.disconnect();
  });

  it("says which address refuses connections, and which text is not a URL of a Redis", async () => {
    await expect(connectRedis("redis://:secret@127.0.0.1:1/0", none)).rejects.toMatchObject({
      message:
        "Redis at redis://127.0.0.1:1/0 cannot be used: ECONNREFUSED. Check the URL and the password, and that Redis runs.",
    });
    await expect(connectRedis(`${server.url}/99`, none)).rejects.toMatchObject({
      message: expect.stringContaining("cannot be used: ERR DB index is out of range."),
    });
    // A password with a slash, a number sign or a question mark ends the host, and looks like a host or a path.
    const split = ["redis://me:2024/secret@127.0.0.1", "redis://secret#1@host", "redis://secret?1@host"];
    for (const url of ["http://:secret@127.0.0.1", "secret", ...split])
      await expect(connectRedis(url, none)).rejects.toMatchObject({
        exitCode: 2,
        message: expect.not.stringContaining("secret"),
      });
    expect(redactUrl("rediss://user:secret@host:6380/1")).toBe("rediss://host:6380/1");
  });
});

describe(checkDurability, () => {
  it.each([
    ["appendonly", "no"],
    ["appendfsync", "everysec"],
    ["maxmemory-policy", "allkeys-lru"],
  ])("refuses a Redis with %s %s", async (name, value) => {
    const redis = await connectRedis(server.url, none);
    const [, before = ""] = (await redis.config("GET", name)) as string[];
    await redis.config("SET", name, value);
    await expect(checkDurability(redis)).rejects.toMatchObject({
      code: "redis_not_durable",
      message: expect.stringMatching(
        new RegExp(`\`${name} ${value}\`.*CONFIG SET ${name} ${before}.*--accept-redis-loss`),
      ),
    });
    await redis.config("SET", name, before);
    await checkDurability(redis);
    redis.disconnect();
  });

  it("says that a managed Redis does not show its settings", async () => {
    const redis = await connectRedis(server.url, none);
    await redis.acl("SETUSER", "default", "-config");
    await expect(checkDurability(redis)).rejects.toMatchObject({
      message: expect.stringContaining("CONFIG is refused"),
    });
    await redis.acl("SETUSER", "default", "+config");
    redis.disconnect();
  });
});
