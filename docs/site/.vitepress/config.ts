import { defineConfig } from "vitepress";
import { repositoryHome } from "../src/markdown/resolve-links.ts";
import { slugOf } from "../src/markdown/sections.ts";
import { navigation, sidebar } from "./navigation.ts";
import { unbrokenWords } from "./unbroken-words.ts";

export default defineConfig({
  title: "Retouch",
  description:
    "Edit images through POST /v1/images/edits: checked before anything is sent, never billed twice.",
  lang: "en-US",
  srcDir: "out",
  outDir: "dist",
  cacheDir: "node_modules/.vitepress",
  cleanUrls: true,
  // The build checks links and anchors itself, in the HTML.
  ignoreDeadLinks: true,
  head: [["link", { rel: "icon", href: "/logo.svg", type: "image/svg+xml" }]],
  markdown: {
    ...unbrokenWords,
    anchor: { slugify: slugOf },
    languageAlias: { cjs: "js", mjs: "js" },
    theme: { light: "github-light-high-contrast", dark: "github-dark" },
  },
  vite: { publicDir: "public", build: { chunkSizeWarningLimit: 4000 }, logLevel: "warn" },
  themeConfig: {
    logo: "/logo.svg",
    nav: navigation,
    sidebar,
    outline: { level: [2, 3], label: "On this page" },
    search: {
      provider: "local",
      options: {
        detailedView: true,
        miniSearch: {
          // A name is one term: `maxRetries`, `--max-cost`, `not-sent`, and its parts are terms too.
          searchOptions: { boost: { title: 4, titles: 2, text: 1 }, prefix: true, fuzzy: 0.15 },
        },
      },
    },
    socialLinks: [{ icon: "github", link: repositoryHome }],
    notFound: {
      title: "This page does not exist",
      quote: "It may have another name now. The search finds every option, flag and error code.",
      linkText: "Home",
    },
    docFooter: { prev: "Before", next: "Next" },
    footer: { message: "MIT" },
  },
});
