/** CommonJS on a Node that can `require` ES modules. */
import client = require("@retouch/client");
import node = require("@retouch/client/node");

export const edit = client.createImageClient({ apiKey: "key" }).edit;
export const editToFiles = node.createImageClient({ apiKey: "key" }).editToFiles;
