import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { followChosenServer } from "./follow-chosen-server.ts";
import "./style.css";

export default { extends: DefaultTheme, setup: followChosenServer } satisfies Theme;
