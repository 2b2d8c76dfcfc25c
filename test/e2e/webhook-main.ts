/**
 * `bun webhook-main.ts PORT NAME` runs the webhook of the transcripts until it is killed, for those who call it by that name.
 * What it prints is the authority of its certificate, as configurations want it.
 */
import { startAdmissionWebhook } from "../conformance/admission-webhook.ts";

const [port = "", name = ""] = process.argv.slice(2);
const { caBundle } = await startAdmissionWebhook({ address: "0.0.0.0", port: Number(port), name });
// Docker keeps a line back until it ends.
process.stdout.write(`${caBundle}\n`);
