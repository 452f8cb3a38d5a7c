/**
 * The shipped policy, in Cedar. What no permit names is denied, and one forbid beats every permit. docs/policy.md says what the
 * annotations mean.
 */
export const defaultPolicy = `
// ---- What may be done at all, with one approval ------------------------------------------------------------------
@id("catalogue")
@quorum("1")
@because("A change of the catalogue with low or medium risk needs one approval.")
permit (
  principal,
  action in [
    Doctor::Action::"rollback-rollout",
    Doctor::Action::"restart-one-by-one",
    Doctor::Action::"restart-rollout",
    Doctor::Action::"scale-workload",
    Doctor::Action::"set-resources",
    Doctor::Action::"set-image",
    Doctor::Action::"evict-pod",
    Doctor::Action::"cordon-node",
    Doctor::Action::"uncordon-node",
    Doctor::Action::"pause-rollout",
    Doctor::Action::"resume-rollout",
    Doctor::Action::"set-env",
    Doctor::Action::"suspend-cronjob",
    Doctor::Action::"resume-cronjob",
    Doctor::Action::"suspend-job",
    Doctor::Action::"resume-job",
    Doctor::Action::"expand-volume",
    Doctor::Action::"set-autoscaler-bounds",
    Doctor::Action::"set-selector",
    Doctor::Action::"sync-application",
    Doctor::Action::"refresh-application",
    Doctor::Action::"renew-certificate",
    Doctor::Action::"open-pull-request"
  ],
  resource
)
when { context.risk == "low" || context.risk == "medium" };

// ---- What needs a second pair of eyes ----------------------------------------------------------------------------
@id("high-risk-needs-two")
@quorum("2")
@because("A high risk needs two different people.")
permit (
  principal,
  action in [
    Doctor::Action::"scale-workload",
    Doctor::Action::"set-resources",
    Doctor::Action::"expand-volume",
    Doctor::Action::"set-autoscaler-bounds",
    Doctor::Action::"set-selector",
    Doctor::Action::"sync-application",
    Doctor::Action::"approve-csr",
    Doctor::Action::"restart-one-by-one",
    Doctor::Action::"set-image"
  ],
  resource
)
when { context.risk == "high" };

@id("not-previewed-needs-two")
@quorum("2")
@because("What the server could not rehearse needs two different people.")
permit (
  principal,
  action in [
    Doctor::Action::"rollback-rollout",
    Doctor::Action::"restart-rollout",
    Doctor::Action::"restart-one-by-one",
    Doctor::Action::"scale-workload",
    Doctor::Action::"set-resources",
    Doctor::Action::"set-image",
    Doctor::Action::"evict-pod",
    Doctor::Action::"cordon-node",
    Doctor::Action::"pause-rollout",
    Doctor::Action::"resume-rollout",
    Doctor::Action::"set-env",
    Doctor::Action::"suspend-cronjob",
    Doctor::Action::"resume-cronjob",
    Doctor::Action::"suspend-job",
    Doctor::Action::"resume-job",
    Doctor::Action::"expand-volume",
    Doctor::Action::"set-autoscaler-bounds",
    Doctor::Action::"set-selector",
    Doctor::Action::"sync-application",
    Doctor::Action::"refresh-application",
    Doctor::Action::"renew-certificate",
    Doctor::Action::"uncordon-node"
  ],
  resource
)
when { !context.previewed };

@id("large-blast-needs-two")
@quorum("2")
@because("A change that can hurt more than 50 pods needs two different people.")
permit (
  principal,
  action in [
    Doctor::Action::"rollback-rollout",
    Doctor::Action::"helm-rollback",
    Doctor::Action::"restart-one-by-one",
    Doctor::Action::"restart-rollout",
    Doctor::Action::"scale-workload",
    Doctor::Action::"set-resources",
    Doctor::Action::"resume-rollout",
    Doctor::Action::"set-env",
    Doctor::Action::"suspend-job",
    Doctor::Action::"resume-job",
    Doctor::Action::"set-autoscaler-bounds",
    Doctor::Action::"set-selector",
    Doctor::Action::"set-image"
  ],
  resource
)
when { context.pods > 50 };

@id("regulated-needs-two")
@quorum("2")
@because("What is tagged as regulated needs two different people.")
forbid (principal, action, resource)
when { resource.tags.containsAny(["pci", "sox", "hipaa", "gdpr"]) };

// ---- What needs nobody, where the namespace says so --------------------------------------------------------------
@id("auto-where-labelled")
@mode("auto")
@because("The namespace is labelled cluster-doctor.dev/mode=auto, and this is a small, low risk.")
permit (
  principal,
  action in [
    Doctor::Action::"restart-rollout",
    Doctor::Action::"evict-pod"
  ],
  resource
)
when {
  context.risk == "low" &&
  context.previewed &&
  context.cause &&
  context.pods <= 20 &&
  resource.namespaceLabels.contains("cluster-doctor.dev/mode=auto")
};

// ---- Whole objects ------------------------------------------------------------------------------------------------
@id("whole-objects")
@quorum("1")
@because("Making or changing whole objects with low or medium risk needs one approval.")
permit (
  principal,
  action in [Doctor::Action::"apply-object", Doctor::Action::"debug-pod", Doctor::Action::"helm-rollback"],
  resource
)
when { context.risk == "low" || context.risk == "medium" };

@id("whole-objects-need-two")
@quorum("2")
@because("Deleting, and whole objects that run pods or let traffic through, need two different people.")
permit (
  principal,
  action in [
    Doctor::Action::"apply-object",
    Doctor::Action::"helm-rollback",
    Doctor::Action::"delete-object",
    Doctor::Action::"delete-stuck-pod",
    Doctor::Action::"drain-node",
    Doctor::Action::"debug-pod",
    Doctor::Action::"exec-in-pod"
  ],
  resource
)
when { context.risk == "high" || !context.previewed };

// ---- What is never done ------------------------------------------------------------------------------------------
@id("frozen")
@because("Changes are frozen.")
forbid (principal, action, resource)
when { context.frozen };

@id("protected-namespace")
@breakglass("may-lift")
@because("The namespace belongs to the cluster itself and is protected.")
forbid (principal, action, resource)
when {
  resource has namespace &&
  ["kube-system", "kube-public", "kube-node-lease", "cluster-doctor", "argocd", "flux-system", "cert-manager"].contains(resource.namespace)
}
unless {
  action in [
    Doctor::Action::"open-pull-request",
    Doctor::Action::"sync-application",
    Doctor::Action::"refresh-application"
  ]
};

@id("observe-only")
@mode("observe")
@breakglass("may-lift")
@because("The object or its namespace is labelled cluster-doctor.dev/mode=observe.")
forbid (principal, action, resource)
when {
  resource.labels.contains("cluster-doctor.dev/mode=observe") ||
  resource.namespaceLabels.contains("cluster-doctor.dev/mode=observe")
};
`
