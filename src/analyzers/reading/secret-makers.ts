import { conditionsAt, textAt } from '../../domain/at.ts'
import type { Observation } from '../../domain/evidence.ts'
import { type KubeObject, refOf } from '../../domain/kubernetes.ts'
import type { ObjectRef } from '../../domain/object.ts'
import { observe } from '../../domain/observe.ts'
import { short } from '../../domain/words.ts'
import type { ClusterView } from '../../snapshot/view.ts'

/** A custom object that should have made a Secret, with its own words on why it did not, where it says so. */
export type SecretMaker = { readonly ref: ObjectRef; readonly text: string; readonly observation: Observation }

const targets: Readonly<Record<string, (object: KubeObject) => string | undefined>> = {
  ExternalSecret: (object) => textAt(object, 'spec', 'target', 'name') ?? object.metadata.name,
  SealedSecret: (object) => textAt(object, 'spec', 'template', 'metadata', 'name') ?? object.metadata.name,
  Certificate: (object) => textAt(object, 'spec', 'secretName'),
  VaultStaticSecret: (object) => textAt(object, 'spec', 'destination', 'name'),
  VaultDynamicSecret: (object) => textAt(object, 'spec', 'destination', 'name'),
  InfisicalSecret: (object) => textAt(object, 'spec', 'managedSecretReference', 'secretName'),
  OnePasswordItem: (object) => object.metadata.name,
}

/** The object of an operator that a missing Secret should have come from, with the condition that tells what keeps it. */
export const makerOf = (view: ClusterView, secret: ObjectRef): SecretMaker | undefined => {
  for (const [kind, target] of Object.entries(targets)) {
    const maker = view
      .list(kind)
      .find((one) => one.metadata.namespace === secret.namespace && target(one) === secret.name)
    if (maker === undefined) continue
    const bad = conditionsAt(maker).find(
      (one) => one.status === 'False' && /ready|synced|healthy/i.test(one.type ?? ''),
    )
    const said = bad === undefined ? undefined : `${bad.reason ?? bad.type ?? ''}: ${bad.message ?? ''}`
    return {
      ref: refOf(maker),
      text: `; ${kind} ${maker.metadata.name} should make it${said === undefined ? ' and has not' : `: ${short(said, 200)}`}`,
      observation: observe('status', refOf(maker), said ?? `makes Secret ${secret.name}`, bad?.lastTransitionTime),
    }
  }
  return undefined
}
