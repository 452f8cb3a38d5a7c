/** One context as people may see it: no credential, only what kind it is. */
export type KubeconfigRow = {
  readonly name: string
  readonly current: boolean
  readonly cluster: string
  readonly server: string
  readonly user: string
  readonly namespace: string
  readonly credentials: string
}
