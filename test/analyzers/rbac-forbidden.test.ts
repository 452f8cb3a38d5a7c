import { analyzer } from '../../src/analyzers/rbac-forbidden.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'dependencies')
