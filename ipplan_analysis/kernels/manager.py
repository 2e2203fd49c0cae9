"""A kernel manager for papermill and nbclient, so that nothing is installed into the user's home."""

from __future__ import annotations

from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client.kernelspec import NATIVE_KERNEL_NAME, KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from traitlets import default

from .provisioner import PROVISIONER_NAME

# Notices about unencrypted TCP (a cold kernel) or of being interrupted to end are not the reader's business.
QUIET = "--log-level=CRITICAL"


class ForkKernelSpecManager(KernelSpecManager):
    """Knows `python3` as this interpreter's ipykernel, forked; other kernels as everyone does."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The kernelspec of that name.

        Raises
        ------
        jupyter_client.kernelspec.NoSuchKernel : there is none.
        """
        if kernel_name != NATIVE_KERNEL_NAME:
            return super().get_kernel_spec(kernel_name)
        spec = KernelSpec(resource_dir=str(RESOURCES), **get_kernel_dict(extra_arguments=[QUIET]))
        # Absent where the package is on the path without being installed: kernels then start cold.
        if PROVISIONER_NAME in KernelProvisionerFactory.instance().get_provisioner_entries():
            spec.metadata["kernel_provisioner"] = {"provisioner_name": PROVISIONER_NAME}
        return spec


class ForkKernelManager(AsyncKernelManager):
    """Starts `python3` as a forked kernel.

    Give the class to `papermill.execute_notebook` or `nbclient.NotebookClient` as `kernel_manager_class`,
    with `kernel_name="python3"`.
    """

    @default("kernel_spec_manager")
    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return ForkKernelSpecManager(parent=self)
