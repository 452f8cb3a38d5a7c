/** A kubeconfig with one cluster, one user with a bearer token and one context named after the cluster. */
export function kubeconfigText(name: string, url: string, caPem: string, user: string, token: string): string {
  return `apiVersion: v1
kind: Config
current-context: ${name}
clusters:
  - name: ${name}
    cluster:
      server: ${url}
      certificate-authority-data: ${Buffer.from(caPem).toString('base64')}
users:
  - name: ${name}-${user}
    user:
      token: ${token}
contexts:
  - name: ${name}
    context:
      cluster: ${name}
      user: ${name}-${user}
      namespace: default
`
}
