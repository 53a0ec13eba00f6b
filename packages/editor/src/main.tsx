import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { readServerSession } from "./server-session.ts";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "./styles/stage.css";
import "./styles/panel.css";
import "./styles/versions.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");
const session = await readServerSession();
createRoot(root).render(
  <StrictMode>
    <App server={session} />
  </StrictMode>,
);
