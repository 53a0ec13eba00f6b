export { a } from "./tmp.ts";
