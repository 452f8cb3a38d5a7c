import { analyzer } from '../../src/analyzers/dependency-unreachable.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'dependencies')
