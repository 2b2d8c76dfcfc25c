/** The secrets that a node needs for a PersistentVolume (kubernetes `pkg/api/v1/persistentvolume/util.go`). */
import type { PersistentVolume, SecretReference } from "#api/generated/core-v1.ts";

export interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

type Reference = Pick<SecretReference, "namespace" | "name"> | undefined;

export function nodeSecretsOf({ spec }: PersistentVolume): readonly NamespacedName[] {
  const claimNamespace = spec.claimRef?.namespace ?? "";
  // Volumes of old did not say in which namespace the secret is.
  const nearby: readonly Reference[] = [
    azureSecret(spec),
    spec.cephfs?.secretRef,
    spec.flexVolume?.secretRef,
    spec.rbd?.secretRef,
    spec.scaleIO?.secretRef,
    spec.iscsi?.secretRef,
  ];
  const exact: readonly Reference[] = [
    spec.cinder?.secretRef,
    spec.storageos?.secretRef,
    spec.csi?.nodePublishSecretRef,
    spec.csi?.nodeStageSecretRef,
    spec.csi?.nodeExpandSecretRef,
  ];
  return [
    ...nearby.flatMap((reference) => toName(reference, claimNamespace)),
    ...exact.flatMap((reference) => toName(reference, "")),
  ];
}

function azureSecret({ azureFile }: PersistentVolume["spec"]): Reference {
  if (azureFile === undefined) return undefined;
  const { secretName: name, secretNamespace: namespace } = azureFile;
  return { name, ...(namespace !== undefined && { namespace }) };
}

function toName(reference: Reference, otherwise: string): readonly NamespacedName[] {
  const { name = "", namespace = "" } = reference ?? {};
  return name === "" ? [] : [{ namespace: namespace === "" ? otherwise : namespace, name }];
}
