/** What an Argo CD message is about, as far as it can be told from its words. */
export type ArgoFault =
  | { readonly kind: 'namespace-missing'; readonly namespace: string }
  | { readonly kind: 'cluster-unknown'; readonly cluster: string }
  | { readonly kind: 'not-permitted' }
  | { readonly kind: 'project-missing'; readonly project: string }
  | { readonly kind: 'repository'; readonly detail: 'auth' | 'unreachable' | 'path' | 'revision' }
  | { readonly kind: 'manifest' }
  | { readonly kind: 'crd-missing' }
  | { readonly kind: 'immutable' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'webhook' }
  | { readonly kind: 'invalid' }
  | { readonly kind: 'hook' }
  | { readonly kind: 'other' }

const first = (pattern: RegExp, text: string): string | undefined => pattern.exec(text)?.[1]

/** Takes a sync, comparison or spec message of Argo CD apart. */
export const argoFault = (message: string): ArgoFault => {
  const text = message.slice(0, 4000)
  const namespace = first(/namespaces? ["'\\]{0,2}([a-z0-9][a-z0-9-]{0,62})["'\\]{0,2} not found/i, text)
  if (namespace !== undefined) return { kind: 'namespace-missing', namespace }
  const project =
    first(/project ["']?([\w.-]{1,63})["']? which does not exist/i, text) ??
    first(/appprojects?\.argoproj\.io ["']([\w.-]{1,63})["'] not found/i, text)
  if (project !== undefined) return { kind: 'project-missing', project }
  const cluster =
    first(/no clusters with this name: ([\w.:/-]{1,120})/i, text) ??
    first(
      /cluster ["']?(https?:\/\/[^\s"']{1,120})["']? (?:not found|has not been configured|does not exist)/i,
      text,
    ) ??
    first(/destination server ["']?(https?:\/\/[^\s"']{1,120})["']? (?:was )?not found/i, text)
  if (cluster !== undefined) return { kind: 'cluster-unknown', cluster }
  if (/not permitted in project|is not allowed in project|do not match any of the allowed destinations/i.test(text))
    return { kind: 'not-permitted' }
  if (
    /authentication required|authorization failed|permission denied \(publickey|could not read username|invalid credentials|repository not accessible|unable to authenticate|401|403 forbidden/i.test(
      text,
    ) &&
    /repo|git|helm|oci|manifest|target state|list refs|fetch|clone/i.test(text)
  )
    return { kind: 'repository', detail: 'auth' }
  if (/app path does not exist|path .{0,80}does not exist|no such file or directory/i.test(text))
    return { kind: 'repository', detail: 'path' }
  if (
    /unable to resolve .{0,80}to a commit sha|couldn't find remote ref|revision .{0,60}not found|no matching version|improper constraint/i.test(
      text,
    )
  )
    return { kind: 'repository', detail: 'revision' }
  if (
    /repository not found|no such host|dial tcp|connection refused|i\/o timeout|context deadline exceeded|failed to (?:fetch|list refs|clone)/i.test(
      text,
    )
  )
    return { kind: 'repository', detail: 'unreachable' }
  if (
    /no matches for kind|could not find .{0,60}\/.{0,40}Make sure|resource .{0,60}not found in group|ensure CRDs are installed|could not find the requested resource/i.test(
      text,
    )
  )
    return { kind: 'crd-missing' }
  if (/failed calling webhook|admission webhook/i.test(text)) return { kind: 'webhook' }
  if (/is forbidden|forbidden:/i.test(text)) return { kind: 'forbidden' }
  if (/field is immutable|updates to .{0,60}are forbidden|may not be changed|cannot be updated/i.test(text))
    return { kind: 'immutable' }
  if (
    /helm template|kustomize build|error converting yaml|failed to generate manifest|manifest generation error|unmarshal|error parsing|jsonnet|plugin sidecar failed/i.test(
      text,
    )
  )
    return { kind: 'manifest' }
  if (/is invalid|invalid value|unknown field|strict decoding error|validation/i.test(text)) return { kind: 'invalid' }
  if (/hook/i.test(text)) return { kind: 'hook' }
  return { kind: 'other' }
}

/** What a person does about it, where Argo CD manages the object: always in Git or in the Application, never in the cluster. */
export const argoFix = (fault: ArgoFault, app: string): string => {
  switch (fault.kind) {
    case 'namespace-missing':
      return `In Git, correct the namespace ${fault.namespace} (manifest or spec.destination.namespace), or let Argo CD make it with syncOptions CreateNamespace=true where it is meant.`
    case 'cluster-unknown':
      return `Register the cluster ${fault.cluster} in Argo CD (argocd cluster list), or correct spec.destination of ${app}.`
    case 'not-permitted':
      return 'Allow the destination or kind in the AppProject, or correct spec.destination.'
    case 'project-missing':
      return `Create AppProject ${fault.project}, or correct spec.project of ${app}.`
    case 'repository':
      return {
        auth: 'Renew the repository credentials in Argo CD (argocd repo list).',
        unreachable: 'Check that argocd-repo-server reaches the repository (argocd repo get <url>).',
        path: 'Correct spec.source.path: that folder does not exist at the revision.',
        revision: 'Correct spec.source.targetRevision: that branch, tag or chart version does not exist.',
      }[fault.detail]
    case 'manifest':
      return 'Render the manifests locally (helm template / kustomize build) and correct what fails, in Git.'
    case 'crd-missing':
      return 'Install the CRD first (an earlier sync wave), or set SkipDryRunOnMissingResource=true on the resource.'
    case 'immutable':
      return 'The field cannot be changed in place: give the object a new name, or annotate it with argocd.argoproj.io/sync-options: Replace=true,Force=true.'
    case 'forbidden':
      return 'Give the Argo CD application controller (or the impersonated ServiceAccount) the right that the message names.'
    case 'webhook':
      return 'See what the admission webhook refuses, and correct the manifest in Git or repair the webhook.'
    case 'invalid':
      return 'Correct the manifest in Git as the message says.'
    case 'hook':
      return 'Read the log of the hook job, correct it in Git and sync again.'
    case 'other':
      return `argocd app get ${app}`
  }
}
