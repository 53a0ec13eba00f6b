import type { LatePlatform } from "../platform.ts";
import { createNodeOpener } from "./input/open-input.ts";
import type { Agents } from "./network/agents.ts";
import { createResultFetch, createResultRoutes } from "./network/fetch-result-url.ts";
import type { NodeClientOptions } from "./options.ts";
import type { Surroundings } from "./surroundings.ts";
import { createNodeTransport } from "./transport/node-transport.ts";

/** Creates how a client on Node sends, fetches results and opens inputs. This module is loaded with the first call. */
export function createNodePlatform(
  surroundings: Surroundings,
  options: NodeClientOptions,
  agents: Agents,
): LatePlatform {
  return {
    transport: surroundings.transport ?? createNodeTransport(options, agents),
    fetchUrl: surroundings.fetchUrl ?? createResultFetch(createResultRoutes(options, agents)),
    openInput: createNodeOpener(options.imageUrls, surroundings.files),
  };
}
