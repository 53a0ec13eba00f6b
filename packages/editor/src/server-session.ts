import type { EditorSession } from "../server/session.ts";
import { firstModel } from "./form/model-choices.ts";

/** What the page knows of its server. */
export interface ServerSession extends EditorSession {
  readonly model: string;
  /**
   * Whether previews arrive while an image is made. The editor's own server keeps edits as jobs, whose previews come with
   * their image: they would be billed and never seen.
   */
  readonly hasPreviews: boolean;
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
  return { ...session, model: session.model ?? firstModel, hasPreviews: false };
}

const defaults: ServerSession = {
  mock: false,
  host: "",
  model: firstModel,
  priceKnown: true,
  initialImages: [],
  hasPreviews: true,
};
