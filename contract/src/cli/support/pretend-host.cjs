// Preloaded into the CLI by NODE_OPTIONS: a network in which `images.example` resolves to PRETEND_IP, and connections to
// that address reach the test's server at PRETEND_PORT. The CLI and the client are the unchanged builds.
const dns = require("node:dns");
const { syncBuiltinESMExports } = require("node:module");
const { Socket } = require("node:net");

const host = "images.example";
const { PRETEND_IP: address = "", PRETEND_PORT: port = "" } = process.env;
const { lookup } = dns;
dns.lookup = (name, options, callback) =>
  name === host ? callback(null, [{ address, family: 4 }]) : lookup(name, options, callback);
syncBuiltinESMExports();

const { connect } = Socket.prototype;
Socket.prototype.connect = function (...args) {
  const [given] = Array.isArray(args[0]) ? args[0] : args;
  if (given?.host !== host) return connect.apply(this, args);
  // The connection must use the result of the client's lookup, which rejects private addresses.
  given.lookup(host, { all: true }, (error, found) => {
    if (error) this.destroy(error);
    else if (found[0]?.address !== address)
      this.destroy(new Error("The IP address is not the resolved one."));
    else connect.call(this, { host: "127.0.0.1", port: Number(port) });
  });
  return this;
};
