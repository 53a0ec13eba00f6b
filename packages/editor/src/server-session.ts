import type { EditorSession } from "../server/session.ts";
import { firstModel } from "./form/model-choices.ts";

/** What the page knows of its server. */
export interface ServerSession extends EditorSession {
  readonly model: string;
}

/** Reads the session. A page without that route, such as one of a development server, goes on with defaults. */
export async function readServerSession(): Promise<ServerSession> {
  const response = await fetch("/api/session", { headers: { accept: "application/json" } }).catch(
    () => undefined,
  );
  // A development server answers any path with its page.
  const isJson = response?.headers.get("content-type")?.includes("json");
  if (!response?.ok || !isJson) return defaults;
  const session = (await response.json()) as EditorSession;
  return { ...session, model: session.model ?? firstModel };
}

const defaults: ServerSession = {
  start: "",
  mock: false,
  host: "",
  model: firstModel,
  priceKnown: true,
  initialImages: [],
};
