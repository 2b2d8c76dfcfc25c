/** `bun request-sender.ts URL` asks for the URL until it is killed and prints a line for each answer. */
const [url = ""] = process.argv.slice(2);
const TIMEOUT_MS = 5000;
// Hundreds of requests a second: enough to hit every gap, and the machine has other work.
const PAUSE_MS = 5;

for (;;) {
  process.stdout.write(`${await ask()}\n`);
  await Bun.sleep(PAUSE_MS);
}

async function ask(): Promise<string> {
  try {
    const answer = await fetch(url, { keepalive: false, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await answer.text();
    return answer.ok ? "ok" : `failed at ${new Date().toISOString()}: status ${String(answer.status)}`;
  } catch (error) {
    return `failed at ${new Date().toISOString()}: ${String(error)}`;
  }
}

export {};
