// Preloaded into the CLI by NODE_OPTIONS: a network in which `pictures.example` has the address PRETEND_ADDRESS, and what is
// connected to that address reaches the test's own server at PRETEND_PORT. The CLI and the client are as they are built.
const dns = require("node:dns");
const { syncBuiltinESMExports } = require("node:module");
const { Socket } = require("node:net");

const host = "pictures.example";
const { PRETEND_ADDRESS: address = "", PRETEND_PORT: port = "" } = process.env;
const { lookup } = dns.promises;
dns.promises.lookup = async (name, options) =>
  name === host ? [{ address, family: 4 }] : lookup(name, options);
syncBuiltinESMExports();

const { connect } = Socket.prototype;
Socket.prototype.connect = function (...args) {
  const [given] = Array.isArray(args[0]) ? args[0] : args;
  if (given?.host !== host) return connect.apply(this, args);
  // Whoever looked the name up before must go where that led, and not look again.
  given.lookup(host, { all: true }, (error, found) => {
    if (error || found[0]?.address !== address) this.destroy(new Error("The name was looked up again."));
    else connect.call(this, { host: "127.0.0.1", port: Number(port) });
  });
  return this;
};
