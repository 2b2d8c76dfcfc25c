/** What runs on the node of `streams-node.ts`. */

export const IMAGE = "streams.test/busybox:1";

export interface StreamPod {
  /** What the shell of the container `app` does. */
  readonly script: string;
  readonly tty?: boolean;
  readonly stdin?: boolean;
  /** How often the container is started; each run but the last has to end by itself. */
  readonly runs?: number;
}

export const PODS = {
  shell: { script: "sleep 100000" },
  /** Answers on ports: 7000 repeats what it hears, 7001 says a megabyte and hangs up, 7002 counts what it hears. */
  net: {
    script: [
      "nc -ll -p 7000 -e cat &",
      "nc -ll -p 7001 -e sh -c 'head -c 1048576 /dev/zero' &",
      "nc -ll -p 7002 -e sh -c 'wc -c' &",
      "wait",
    ].join("\n"),
  },
  terminal: { script: "exec sh", tty: true, stdin: true },
  cat: { script: "while read line; do echo \"got $line\"; done", stdin: true },
  logger: {
    script: 'for i in 1 2 3 4 5; do echo "line $i"; done; echo "warning" >&2; [ -e /tmp/x ] || sleep 0.2; [ $$ -gt 0 ]',
    runs: 2,
  },
  waiting: { script: "", runs: 0 },
} satisfies Record<string, StreamPod>;
