import { analyzer } from '../../src/analyzers/finalizer-stuck.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'disruption')
