import { analyzer } from '../../src/analyzers/app-errors.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'dependencies')
