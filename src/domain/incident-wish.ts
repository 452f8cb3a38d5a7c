/** What a person wants done with an incident. `user`, `into` and `incident` are ids; without `user` it is who asks. */
export type IncidentWish =
  | { readonly kind: 'acknowledge' }
  | { readonly kind: 'resolve' }
  | { readonly kind: 'escalate' }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'link'; readonly url: string; readonly name: string }
  | { readonly kind: 'assign'; readonly user?: string }
  | { readonly kind: 'merge'; readonly into: string }
  | { readonly kind: 'split'; readonly incident?: string }
