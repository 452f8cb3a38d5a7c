import { shorthand } from './reading/shorthand.ts'

export const verb = shorthand('namespaces', 'namespaces', 'the namespaces of a cluster', ['namespace', 'ns'])
