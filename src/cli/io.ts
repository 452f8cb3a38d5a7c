export { exit, type Io } from '../verbs/io.ts'
