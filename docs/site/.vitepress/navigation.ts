import type { DefaultTheme } from "vitepress";
import { commandTable } from "../../../packages/cli/src/arguments/command-table.ts";
import { commandTable as queueTable } from "../../../packages/queue/src/commands/definitions.ts";

type Item = DefaultTheme.SidebarItem;
const item = (text: string, link: string): Item => ({ text, link });

const start: Item[] = [
  item("Your first edit", "/start/"),
  item("Node", "/start/node"),
  item("React with Vite", "/start/react"),
  item("Next.js", "/start/next"),
  item("Express", "/start/express"),
  item("Hono", "/start/hono"),
  item("Fastify", "/start/fastify"),
  item("Cloudflare Workers", "/start/workers"),
  item("Bun and Deno", "/start/bun-deno"),
  item("The command line", "/start/cli"),
];

/** The guides, by the groups of the sidebar. */
export const guides: Item[] = [
  {
    text: "The promise",
    items: [
      item("Before anything is sent", "/guides/checks"),
      item("What may have been billed", "/guides/billing"),
      item("Retries and idempotency", "/guides/retries"),
      item("Keys and the proxy", "/guides/keys-and-proxy"),
      item("Prices and budgets", "/guides/prices"),
    ],
  },
  {
    text: "Images",
    items: [
      item("Masks that work", "/guides/masks"),
      item("Large images, full resolution", "/guides/full-resolution"),
      item("Streaming", "/guides/streaming"),
      item("GIF, SVG and markup", "/guides/formats"),
    ],
  },
  {
    text: "React",
    items: [
      item("Painting a mask", "/guides/painting"),
      item("Edits in React", "/guides/edits-in-react"),
      item("Edits that outlive their page", "/guides/jobs"),
      item("Messages for your users", "/guides/messages"),
    ],
  },
  {
    text: "Running it",
    items: [
      item("The editor in your browser", "/guides/editor"),
      item("Batches and recovery", "/guides/batch"),
      item("Several machines", "/guides/several-machines"),
      item("Recipes for the queue", "/guides/queue-recipes"),
      item("Testing your app", "/guides/testing"),
      item("Other servers", "/guides/servers"),
      item("Azure", "/guides/azure"),
      item("Gateways with tasks", "/guides/async-gateways"),
      item("The plain API client", "/guides/api"),
      item("Troubleshooting", "/guides/troubleshooting"),
    ],
  },
  {
    text: "Choosing",
    items: [
      item("Moving from other SDKs", "/guides/moving"),
      item("Compared with other SDKs", "/guides/comparison"),
      item("When not to use Retouch", "/guides/when-not"),
    ],
  },
];

const entries = [
  "",
  "/node",
  "/browser",
  "/server",
  "/models",
  "/mask",
  "/composite",
  "/messages",
  "/api",
  "/testing",
];

const reference: Item[] = [
  {
    text: "Facts",
    items: [
      item("Models and limits", "/reference/models"),
      item("Error codes", "/reference/errors"),
      item("Exit codes", "/reference/exit-codes"),
      item("Scenarios of the mock", "/reference/scenarios"),
      item("Runtimes", "/reference/runtimes"),
      item("Performance", "/reference/performance"),
      item("Glossary", "/reference/glossary"),
    ],
  },
  {
    text: "@retouch/client",
    items: entries.map((entry) =>
      item(entry === "" ? "@retouch/client" : entry, `/reference/client${entry.replace("/", "-")}`),
    ),
  },
  {
    text: "Other packages",
    items: [
      item("@retouch/react-hooks", "/reference/react-hooks"),
      item("@retouch/mock", "/reference/mock"),
      item("@retouch/mock/server", "/reference/mock-server"),
    ],
  },
  {
    text: "Command line",
    items: [
      item("Commands", "/reference/cli/"),
      ...commandTable.map(({ name }) =>
        item(`retouch ${name}`, `/reference/cli/${name.replaceAll(" ", "-")}`),
      ),
    ],
  },
  {
    text: "Queue",
    items: [
      item("@retouch/queue", "/reference/queue"),
      item("Commands", "/reference/queue-cli/"),
      ...queueTable.map(({ name }) => item(`retouch-queue ${name}`, `/reference/queue-cli/${name}`)),
    ],
  },
];

const contribute: Item[] = [
  item("Add a model", "/contribute/add-a-model"),
  item("Add a field", "/contribute/add-a-field"),
  item("Add a server preset", "/contribute/add-a-server-preset"),
  item("Add a flag of the CLI", "/contribute/add-a-cli-flag"),
  item("Add an error code", "/contribute/add-an-error-code"),
  item("What JSON Schema cannot say", "/contribute/spec-extension"),
  item("This site", "/contribute/this-site"),
];

const all = (open: string): Item[] => [
  { text: "Start", items: start, collapsed: open !== "start" },
  item("All guides", "/guides/"),
  ...guides.map((group) => (open === "guides" ? group : { ...group, collapsed: true })),
];

export const navigation: DefaultTheme.NavItem[] = [
  { text: "Start", link: "/start/", activeMatch: "^/start/" },
  { text: "Guides", link: "/guides/", activeMatch: "^/guides/" },
  { text: "Reference", link: "/reference/", activeMatch: "^/reference/" },
  { text: "Contribute", link: "/contribute/this-site", activeMatch: "^/contribute/" },
];

export const sidebar: DefaultTheme.SidebarMulti = {
  "/start/": all("start"),
  "/guides/": all("guides"),
  "/reference/": [item("Overview", "/reference/"), ...reference],
  "/contribute/": [{ text: "Contribute", items: contribute }],
};
