// Preloaded into the CLI by NODE_OPTIONS: the disk of the state directory is full for new claims.
const { syncBuiltinESMExports } = require("node:module");
const promises = require("node:fs/promises");
const path = require("node:path");

const { open } = promises;
const claims = path.join(process.env.RETOUCH_STATE_DIR, "claims");
promises.open = async (file, flags, ...rest) => {
  const handle = await open(file, flags, ...rest);
  if (flags !== "wx" || !String(file).startsWith(claims)) return handle;
  handle.writeFile = () => Promise.reject(Object.assign(new Error("The disk is full."), { code: "ENOSPC" }));
  return handle;
};
syncBuiltinESMExports();
