import { shorthand } from './reading/shorthand.ts'

export const verb = shorthand('pods', 'pods', 'the pods of a namespace, or of all with -A', ['pod', 'po'])
