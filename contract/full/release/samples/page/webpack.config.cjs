module.exports = {
  mode: "production",
  entry: "./page.js",
  experiments: { outputModule: true },
  output: { path: `${__dirname}/dist`, filename: "page.js", module: true, publicPath: "./" },
};
