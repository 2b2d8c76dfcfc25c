/**
 * Something the operator must change before a process can start: a bad setting, a taken port, a missing
 * runtime. The message is one line that says what is wrong and what to do; it is shown without a stack.
 */
export class StartupError extends Error {
  override readonly name = "StartupError";
}
