import type { TestControlPlane } from "./control-plane.ts";

/** Whose a token is: what `kubectl auth whoami` is answered, or the status of the refusal. */
export async function whoIs({ url, api }: TestControlPlane, token: string): Promise<unknown> {
  const answer = await fetch(`${url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: "{}",
    tls: { ca: api.pki.authorities["server-ca"] },
  });
  const body = (await answer.json()) as { status?: { userInfo?: unknown } };
  return answer.status === 201 ? body.status?.userInfo : answer.status;
}
