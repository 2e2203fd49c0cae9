"""Whether a plan's targets are reached: probability, pace, status and reason."""

from ipplan_analysis.attainment.assess import assess, futures
from ipplan_analysis.attainment.ask import figures_to_ask
from ipplan_analysis.attainment.future import Future
from ipplan_analysis.attainment.peers import peers

__all__ = ["Future", "assess", "figures_to_ask", "futures", "peers"]
