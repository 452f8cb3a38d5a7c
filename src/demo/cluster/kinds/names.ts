import type { FieldError } from '../registry/errors.ts'

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

const wrong = (field: string, value: unknown, detail: string): FieldError => ({
  type: 'FieldValueInvalid',
  field,
  value,
  detail,
})

/** A name of letters, digits, dashes and dots, at most 253 characters. */
export function checkSubdomain(value: string, field: string): FieldError[] {
  if (value.length > 253) return [wrong(field, value, 'must be no more than 253 characters')]
  return subdomain.test(value) ? [] : [wrong(field, value, subdomainText)]
}

/** A name of letters, digits and dashes, at most 63 characters. */
export function checkLabel(value: string, field: string): FieldError[] {
  if (value.length > 63) return [wrong(field, value, 'must be no more than 63 bytes')]
  return label.test(value) ? [] : [wrong(field, value, labelText)]
}

/** RBAC names may hold anything but path traps. */
export function checkPathSegment(value: string, field: string): FieldError[] {
  if (value === '.' || value === '..') return [wrong(field, value, `may not be '${value}'`)]
  return ['/', '%']
    .filter((part) => value.includes(part))
    .map((part) => wrong(field, value, `may not contain '${part}'`))
}

const qualified = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const qualifiedText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const valueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

/** A key of labels, annotations or taints. */
export function checkQualifiedName(key: string, field: string): FieldError[] {
  const parts = key.split('/')
  const name = parts.at(-1) ?? ''
  if (parts.length > 2)
    return [
      wrong(
        field,
        key,
        `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ),
    ]
  if (name === '') return [wrong(field, key, 'name part must be non-empty'), wrong(field, key, qualifiedText)]
  if (name.length > 63) return [wrong(field, key, 'name part must be no more than 63 bytes')]
  return qualified.test(name) ? [] : [wrong(field, key, qualifiedText)]
}

/** Labels as the API server takes them. */
export function checkLabels(labels: Readonly<Record<string, string>> | undefined, field: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => {
    const keys = checkQualifiedName(key, field)
    if (value.length > 63) return [...keys, wrong(field, value, 'must be no more than 63 bytes')]
    return value === '' || qualified.test(value) ? keys : [...keys, wrong(field, value, valueText)]
  })
}

/** Annotations: keys are checked, values only by their total size of 256 KiB. */
export function checkAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  field: string,
): FieldError[] {
  const entries = Object.entries(annotations ?? {})
  const errors = entries.flatMap(([key]) => checkQualifiedName(key.toLowerCase(), field))
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  if (size > 262_144) errors.push({ type: 'FieldValueTooLong', field, detail: 'may not be more than 262144 bytes' })
  return errors
}
