import {
  ownerOfToken,
  SERVICE_ACCOUNT_NAME,
  SERVICE_ACCOUNT_UID,
} from "#api/core/v1/service-account-token.ts";
import type { Secret, ServiceAccount } from "#api/generated/core-v1.ts";
import type { Changing } from "#base/changing.ts";
import type { Plan } from "#reconcile/action.ts";
import { refTo } from "#reconcile/claim.ts";
import { type Controller, defineController } from "#reconcile/controller.ts";

/** What tokens are made with. */
export interface TokenAuthority {
  /** A token that is good until its Secret or its account goes. */
  readonly sign: (account: ServiceAccount, secret: Secret) => string;
  /** The PEM that clients verify the API with. */
  readonly rootCA: Changing<string>;
}

export interface TokenView {
  /** A Secret for a token; undefined when it has gone. */
  readonly secret: Secret | undefined;
  readonly account: ServiceAccount | undefined;
  /** Accounts that name a Secret which has gone. */
  readonly referrers: readonly ServiceAccount[];
  readonly name: string;
  readonly authority: Pick<TokenAuthority, "sign"> & { readonly rootCA: string };
}

/**
 * Fills the Secrets that somebody makes for the token of a service account, and deletes them together with the account
 * (kubernetes `pkg/controller/serviceaccount/tokens_controller.go`).
 */
export function serviceAccountTokensController({ sign, rootCA }: TokenAuthority): Controller<TokenView> {
  return defineController<TokenView>({
    name: "serviceaccount-token",
    account: "",
    primary: "Secret",
    watches: [
      {
        kind: "Secret",
        wakes: (secret) => (ownerOfToken(secret) === undefined ? [] : [refTo(secret, "Secret")]),
      },
      {
        kind: "ServiceAccount",
        wakes: ({ metadata: { namespace, name } }, caches) =>
          caches
            .byIndex("Secret", "account", `${namespace ?? ""}/${name}`)
            .map((each) => refTo(each, "Secret")),
        // Nothing else about an account matters to its tokens.
        when: ({ metadata }, previous) => metadata.uid !== previous?.metadata.uid,
      },
    ],
    indexes: [
      {
        kind: "Secret",
        name: "account",
        keys: (secret) => {
          const owner = ownerOfToken(secret);
          return owner === undefined ? [] : [`${secret.metadata.namespace ?? ""}/${owner.name}`];
        },
      },
      {
        kind: "ServiceAccount",
        name: "secret",
        keys: ({ metadata: { namespace }, secrets = [] }) =>
          secrets.map(({ name }) => `${namespace ?? ""}/${name ?? ""}`),
      },
    ],
    follows: rootCA.onChange,
    writes: ["Secret", "ServiceAccount"],
    observe: ({ namespace, name }, caches) => {
      const secret = caches.get("Secret", namespace, name);
      const owner = secret && ownerOfToken(secret);
      const account = owner && caches.get("ServiceAccount", namespace, owner.name);
      const referrers =
        secret === undefined ? caches.byIndex("ServiceAccount", "secret", `${namespace}/${name}`) : [];
      return { secret, account, referrers, name, authority: { sign, rootCA: rootCA.current() } };
    },
    plan: planServiceAccountToken,
  });
}

export function planServiceAccountToken({ secret, account, referrers, name, authority }: TokenView): Plan {
  if (secret === undefined) {
    return { actions: referrers.map((object) => forget(object, name)) };
  }
  const owner = ownerOfToken(secret);
  if (owner === undefined || secret.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const isOwned = account !== undefined && (owner.uid ?? account.metadata.uid) === account.metadata.uid;
  return isOwned ? planContent(secret, account, authority) : planDeletion(secret, owner);
}

function planContent(
  secret: Secret,
  account: ServiceAccount,
  { sign, rootCA }: TokenView["authority"],
): Plan {
  const { namespace = "", annotations } = secret.metadata;
  const { data = {} } = secret;
  const wanted = {
    "ca.crt": btoa(rootCA),
    namespace: data["namespace"] || btoa(namespace),
    token: data["token"] || btoa(sign(account, secret)),
  };
  const isFilled = Object.entries(wanted).every(([key, value]) => data[key] === value);
  if (isFilled) return { actions: [] };
  const owner = {
    [SERVICE_ACCOUNT_NAME]: account.metadata.name,
    [SERVICE_ACCOUNT_UID]: account.metadata.uid,
  };
  const metadata = { ...secret.metadata, annotations: { ...annotations, ...owner } };
  return {
    actions: [{ type: "update", object: { ...secret, metadata, data: { ...data, ...wanted } } as Secret }],
  };
}

/** Secrets and accounts are watched apart: the account may be there although nobody has told of it yet. */
function planDeletion(
  secret: Secret,
  { name, uid }: { readonly name: string; readonly uid: string | undefined },
): Plan {
  const target = { kind: "ServiceAccount", namespace: secret.metadata.namespace ?? "", name };
  return {
    actions: [
      {
        type: "delete",
        target: refTo(secret, "Secret"),
        uid: secret.metadata.uid,
        requires: [{ type: "absent", target, ...(uid !== undefined && { uid }) }],
      },
    ],
  };
}

function forget(account: ServiceAccount, secretName: string): Plan["actions"][number] {
  const secrets = (account.secrets ?? []).filter(({ name }) => name !== secretName);
  const target = { kind: "Secret", namespace: account.metadata.namespace ?? "", name: secretName };
  return {
    type: "update",
    object: { ...account, secrets } as ServiceAccount,
    requires: [{ type: "absent", target }],
  };
}
