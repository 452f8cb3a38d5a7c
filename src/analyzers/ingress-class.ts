import type { Finding } from '../domain/finding.ts'
import { type Ingress, refOf } from '../domain/kubernetes.ts'
import { nearestName } from '../domain/near-name.ts'
import { observe } from '../domain/observe.ts'
import { longRunning } from '../domain/pod-state.ts'
import { lasted } from '../domain/time.ts'
import { some } from '../domain/words.ts'
import type { ClusterView } from '../snapshot/view.ts'
import type { Analyzer } from './analyzer.ts'
import { defaultClasses, hasAddress, namedClass } from './reading/ingress-classes.ts'

const graceSeconds = 300

const argumentsOfControllers = (view: ClusterView): readonly string[] =>
  view.workloads
    .filter((one) => /ingress|traefik|haproxy|kong|contour|nginx/.test(one.ref.name))
    .flatMap((one) =>
      longRunning(one.template?.spec).flatMap((container) => [...(container.command ?? []), ...(container.args ?? [])]),
    )

/** Whether a running controller says that it serves this class (or Ingresses without one) by its own flags. */
const servedByFlag = (view: ClusterView, name: string | undefined): boolean =>
  argumentsOfControllers(view).some((argument) =>
    name === undefined
      ? /watch-ingress-without-class(?:=true)?$/.test(argument)
      : argument.endsWith(`ingress-class=${name}`) || argument.endsWith(`ingressclass=${name}`),
  )

const findingOf = (
  ingress: Ingress,
  summary: string,
  have: readonly string[],
  confidence: number,
  near: string | undefined,
): Finding => {
  const object = refOf(ingress)
  const namespace = ingress.metadata.namespace ?? ''
  return {
    code: 'ingress-class-missing',
    severity: 'critical',
    object,
    summary,
    evidence: [
      observe('spec', object, `ingressClassName: ${ingress.spec?.ingressClassName ?? '(none)'}`),
      observe('computed', object, `IngressClasses: ${some(have, 6) || 'none'}`),
      ...(hasAddress(ingress)
        ? []
        : [observe('status', object, 'no load balancer address: no controller has picked it up')]),
    ],
    confidence,
    ...(ingress.metadata.creationTimestamp === undefined ? {} : { since: ingress.metadata.creationTimestamp }),
    fix: [
      near === undefined
        ? `kubectl get ingressclasses; then set spec.ingressClassName of Ingress ${namespace}/${ingress.metadata.name}`
        : `kubectl -n ${namespace} patch ingress ${ingress.metadata.name} --type=merge -p '{"spec":{"ingressClassName":"${near}"}}'`,
    ],
    prevention: ['Mark one IngressClass as the default with ingressclass.kubernetes.io/is-default-class=true.'],
    facts: near === undefined ? {} : { nearestKey: near },
  }
}

const check = (view: ClusterView, ingress: Ingress): Finding | undefined => {
  const name = namedClass(ingress)
  const have = view.all('IngressClass').map((one) => one.metadata.name)
  const spec = ingress.spec?.ingressClassName
  if (spec !== undefined) {
    if (view.presence('IngressClass', undefined, spec) !== 'absent') return undefined
    const near = nearestName(spec, have) ?? (have.length === 1 ? have[0] : undefined)
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    return findingOf(
      ingress,
      `Ingress ${ingress.metadata.name} names IngressClass ${spec}, which does not exist, so no controller serves it${hint}`,
      have,
      0.95,
      near,
    )
  }
  if (hasAddress(ingress) || have.length === 0 || !view.complete('IngressClass')) return undefined
  if (!lasted(ingress.metadata.creationTimestamp, view.now, graceSeconds)) return undefined
  if (name !== undefined) {
    if (have.includes(name) || servedByFlag(view, name)) return undefined
    const near = nearestName(name, have)
    return findingOf(
      ingress,
      `Ingress ${ingress.metadata.name} asks for class ${name} by annotation, and no IngressClass or controller of that name exists${near === undefined ? '' : `; did you mean ${near}?`}`,
      have,
      0.75,
      near,
    )
  }
  if (defaultClasses(view).length > 0 || servedByFlag(view, undefined)) return undefined
  const only = have.length === 1 ? have[0] : undefined
  const others = view.all('Ingress').some((one) => one !== ingress && hasAddress(one))
  return findingOf(
    ingress,
    `Ingress ${ingress.metadata.name} names no class and no IngressClass is the default, so no controller serves it${only === undefined ? '' : `; did you mean ${only}?`}`,
    have,
    others ? 0.85 : 0.72,
    only,
  )
}

/** Ingresses that no controller serves: their class does not exist, or they name none and there is no default. */
export const analyzer: Analyzer = {
  id: 'ingress-class',
  codes: ['ingress-class-missing'],
  needs: ['ingresses', 'ingressclasses'],
  analyze: (view) => view.all('Ingress').flatMap((ingress) => check(view, ingress) ?? []),
}
