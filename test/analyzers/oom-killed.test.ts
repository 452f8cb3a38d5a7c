import { analyzer } from '../../src/analyzers/oom-killed.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'containers')
