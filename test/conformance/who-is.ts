import type { TestControlPlane } from "./control-plane.ts";

/** Whose a token is: what `kubectl auth whoami` is answered, or the status of the refusal. */
export function whoIs(plane: TestControlPlane, token: string): Promise<unknown> {
  return review(plane, { authorization: `Bearer ${token}` });
}

/** As `whoIs`, for who sends these headers and shows this certificate. */
export async function review(
  { url, api }: TestControlPlane,
  headers: Readonly<Record<string, string>>,
  credential: { readonly cert?: string; readonly key?: string } = {},
): Promise<unknown> {
  const answer = await fetch(`${url}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: "{}",
    tls: { ca: api.pki.authorities["server-ca"], ...credential },
  });
  const body = (await answer.json()) as { status?: { userInfo?: unknown } };
  return answer.status === 201 ? body.status?.userInfo : answer.status;
}
