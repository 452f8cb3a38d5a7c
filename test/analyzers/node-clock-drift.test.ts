import { analyzer } from '../../src/analyzers/node-clock-drift.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'clocks')
