/** A program in a pseudo terminal, with somebody who types. */
export class Terminal implements AsyncDisposable {
  readonly #process: Bun.Subprocess;
  #output = "";

  constructor(command: readonly string[], environment: Readonly<Record<string, string>>) {
    this.#process = Bun.spawn([...command], {
      env: environment,
      terminal: { cols: 80, rows: 24, data: (_terminal, bytes) => this.#receive(bytes) },
    });
  }

  /** Everything that has been shown. */
  get output(): string {
    return this.#output;
  }

  /** The program's exit code, when it has ended. */
  get exited(): Promise<number> {
    return this.#process.exited;
  }

  type(text: string): void {
    this.#process.terminal?.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#process.terminal?.resize(columns, rows);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
    this.#process.terminal?.close();
  }

  #receive(bytes: Uint8Array): void {
    this.#output += Buffer.from(bytes).toString();
  }
}
