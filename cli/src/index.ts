export type { Env, Io } from "./io.ts";
export { main } from "./main.ts";
export { runProgram } from "./program.ts";
