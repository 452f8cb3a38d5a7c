/** Why the kubelet or the runtime (containerd, CRI-O, docker over runc or crun) could not start a container. */
export type StartProblem =
  | { readonly kind: 'command-not-found'; readonly command?: string }
  | { readonly kind: 'not-executable'; readonly command?: string }
  | { readonly kind: 'working-directory'; readonly path?: string }
  | { readonly kind: 'no-command' }
  | { readonly kind: 'unknown-user'; readonly user?: string }
  | { readonly kind: 'platform'; readonly command?: string }
  | { readonly kind: 'run-as-root' }
  | { readonly kind: 'non-numeric-user'; readonly user?: string }
  | { readonly kind: 'read-only'; readonly path?: string }
  | { readonly kind: 'permission'; readonly path?: string }
  | { readonly kind: 'security-profile'; readonly profile?: string }
  | { readonly kind: 'out-of-memory' }
  | { readonly kind: 'mount'; readonly path?: string }
  | { readonly kind: 'disk-full' }
  | { readonly kind: 'hook' }
  | { readonly kind: 'reference' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'other' }

const command = (text: string): { readonly command?: string } => {
  const found =
    /exec(?:ve)?:? ["'`]([^"'`]{1,200})["'`]/.exec(text) ??
    /executable file [`'"]([^`'"]{1,200})[`'"]/.exec(text) ??
    /exec (?:container process )?[`'"]?(\/[^\s`'":]{1,200})/.exec(text) ??
    /stat ([^\s:]{1,200}): no such file/.exec(text) ??
    /open executable(?: [`'"]([^`'"]{1,200})[`'"])?/.exec(text)
  return found?.[1] === undefined ? {} : { command: found[1] }
}

const path = (text: string): { readonly path?: string } => {
  const found =
    /to rootfs at \\?"([^"\\]{1,300})/.exec(text) ??
    /cwd(?: to)? ?\(?\\?"([^"\\]{1,300})/.exec(text) ??
    /(?:chdir|mkdir|mount|open|stat|subPath)[^/"]{0,40}\\?"?(\/[^\s":\\]{1,300})/.exec(text) ??
    /[ "(](\/[^\s":)\\]{2,300})/.exec(text)
  return found?.[1] === undefined ? {} : { path: found[1] }
}

/** Takes a start error apart. `reference` means that a ConfigMap, Secret or key is missing: the reference checks say which. */
export const startProblem = (text: string): StartProblem => {
  if (/(?:configmap|secret) "[^"]+" not found|couldn't find key|failed to sync (?:configmap|secret) cache/i.test(text))
    return { kind: 'reference' }
  if (/exec format error|cannot execute binary file|Exec format/i.test(text))
    return { kind: 'platform', ...command(text) }
  if (
    /container init was OOM-killed|memory limit too low|unable to set memory limit|smaller than current usage|Minimum memory limit allowed/i.test(
      text,
    )
  )
    return { kind: 'out-of-memory' }
  if (
    /runAsNonRoot and image will run as root|runAsUser breaks non-root policy|runAsNonRoot.*(?:runAsUser|root)/i.test(
      text,
    ) &&
    !/non-numeric/.test(text)
  )
    return { kind: 'run-as-root' }
  const nonNumeric = /non-numeric user \(([^)]{1,80})\)/.exec(text)
  if (nonNumeric !== null || /image has non-numeric user/.test(text))
    return { kind: 'non-numeric-user', ...(nonNumeric?.[1] === undefined ? {} : { user: nonNumeric[1] }) }
  if (/no space left on device/i.test(text)) return { kind: 'disk-full' }
  if (/PostStart ?Hook|PreStop ?Hook|lifecycle hook/i.test(text)) return { kind: 'hook' }
  return environmentProblem(text) ?? processProblem(text)
}

/** Mounts, working directories, users and profiles. */
const environmentProblem = (text: string): StartProblem | undefined => {
  if (/apparmor|seccomp|selinux/i.test(text)) {
    const profile = /profile:? [`'"]?([\w./-]{2,200})/i.exec(text)?.[1]
    return { kind: 'security-profile', ...(profile === undefined ? {} : { profile }) }
  }
  if (
    /subPath|error mounting|trying to mount a directory onto a file|not a shared mount|failed to mount|mount destination|error jailing process inside rootfs/i.test(
      text,
    )
  ) {
    return /read-only file system/i.test(text) ? { kind: 'read-only', ...path(text) } : { kind: 'mount', ...path(text) }
  }
  if (/chdir|working directory|cwd/i.test(text) && /exec: "/.test(text) === false) {
    return /permission denied/i.test(text)
      ? { kind: 'permission', ...path(text) }
      : { kind: 'working-directory', ...path(text) }
  }
  if (
    /unable to find user|no matching entries in passwd|unable to find group|invalid user|no users found/i.test(text)
  ) {
    const user = /(?:user|group) ([\w.-]{1,80}):/.exec(text)?.[1]
    return { kind: 'unknown-user', ...(user === undefined ? {} : { user }) }
  }
  return undefined
}

/** The command itself, and what is left. */
const processProblem = (text: string): StartProblem => {
  if (
    /no command specified|no command or entrypoint|Container command .{0,200}not found or does not exist|args must not be empty/i.test(
      text,
    )
  ) {
    return /not found or does not exist/.test(text)
      ? { kind: 'command-not-found', ...command(text) }
      : { kind: 'no-command' }
  }
  if (
    /executable file .{0,200}not found|exec: .{0,250}no such file or directory|exec: .{0,250}not found|stat [^:]{1,200}: no such file|is a directory: unknown|No such file or directory: OCI runtime/i.test(
      text,
    )
  )
    return { kind: 'command-not-found', ...command(text) }
  if (/exec.{0,250}permission denied|open executable.{0,200}permission denied/i.test(text))
    return { kind: 'not-executable', ...command(text) }
  if (/read-only file system/i.test(text)) return { kind: 'read-only', ...path(text) }
  if (/operation not permitted|permission denied/i.test(text)) return { kind: 'permission', ...path(text) }
  if (
    /is reserved for|failed to reserve container name|context deadline exceeded|DeadlineExceeded|transport is closing|connection refused|ttrpc: closed/i.test(
      text,
    )
  )
    return { kind: 'busy' }
  return { kind: 'other' }
}

/** The innermost part of a runtime error, without the chain of wrappers before it. */
export const innermost = (text: string): string => {
  const plain = text.replace(/^Error: /, '').replace(/: unknown$/, '')
  const cut =
    /(?:unable to start container process|starting container process caused|runc create failed|runc run failed|OCI runtime (?:create|exec|run) (?:failed|error)|crun)[^:]{0,60}: (.{8,})$/s.exec(
      plain,
    )
  return cut?.[1] === undefined ? plain : innermost(cut[1])
}
